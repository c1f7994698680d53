//! How fast, how much, and in what order: limits and queues, all of them pure.
//!
//! Nothing here knows what is sent or kept: costs, sizes and times are handed in.

mod allowance;
mod bucket;
mod limiter;
mod queue;
mod window;

pub(crate) use allowance::Allowance;
pub(crate) use limiter::{Charge, Limiter};
pub use queue::Priority;
pub(crate) use queue::{Eviction, Queue};
