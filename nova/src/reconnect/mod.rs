//! Coming back: whether, when, and how often.
//!
//! The strategy says whether ([`strategy`]), the profile's numbers say when ([`backoff`]), and no cause whatever makes a client dial
//! faster than [`pace`] allows. After too many failures the [`breaker`] lets it rest. [`course`] keeps what must be remembered between
//! two connections. All of it is pure.

mod backoff;
mod breaker;
mod course;
mod pace;
mod recent;
pub mod strategy;
#[cfg(test)]
mod tests;

pub use breaker::{Circuit, Trip};
pub(crate) use course::{Course, Ended, Next};
pub(crate) use recent::Recent;
pub(crate) use strategy::Decisions;
pub use strategy::{Failure, Stop, Strategy, Verdict};
