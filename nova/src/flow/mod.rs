//! How fast, how much, and in what order: limits and queues, all of them pure but the one lock that clients of an account share.
//!
//! Nothing here knows what is sent or kept: costs, sizes and times are handed in.

mod account;
mod allowance;
mod bucket;
mod fixed;
mod limiter;
mod line;
mod queue;
mod seat;
#[cfg(test)]
mod tests;
mod window;

pub use account::SharedLimiter;
pub(crate) use account::{Terms, WeakLimiter};
pub(crate) use limiter::{Charge, Refill};
pub use queue::Priority;
pub(crate) use queue::{Eviction, Queue};
pub(crate) use seat::Seat;
