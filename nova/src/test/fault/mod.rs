//! Links that misbehave on command: slow, torn, silent, cut.
//!
//! What a test says of a link is one [`Faults`] value, and what it does to it while it is up goes through one [`Link`]. Behind both
//! stands one pure shaper a direction: bytes and the time in, bytes and the moments at which they are due out. Two fronts use it, so
//! that a fault means the same in both. [`Faulty`] stands before any other dialer, and over [`nova::memory`](crate::memory) it is
//! exact in virtual time; [`FaultProxy`] stands on the loopback before a real server.

mod carry;
mod delay;
mod faulty;
mod link;
mod proxy;
mod shape;
mod shaper;
#[cfg(test)]
mod tests;

pub use delay::Delay;
pub(in crate::test) use delay::bounded;
pub use faulty::Faulty;
pub use link::Link;
pub use proxy::FaultProxy;
pub use shape::{Direction, Ending, Faults};
