//! The engine: one task a client.
//!
//! [`machine`], [`subscriptions`] and [`heartbeat`] are pure. [`engine`] moves bytes, frames and timers between them and the socket, a
//! [`turn`] of the task after the other; [`run`] is the task, which lends it the client's callbacks. Only here is anything awaited.

mod attend;
mod auth;
mod configure;
mod decide;
mod dial;
mod ending;
mod engine;
mod heartbeat;
mod inbound;
mod inquiries;
mod leg;
mod link;
mod losses;
mod machine;
mod outbound;
mod owed;
mod parting;
mod presence;
mod pressure;
mod queue;
mod reading;
mod renewal;
mod run;
mod secrets;
mod seen;
mod steps;
mod subscriptions;
#[cfg(feature = "test")]
mod tap;
#[cfg(test)]
mod tests;
mod throttle;
mod timely;
mod timers;
mod topics;
mod turn;

pub use dial::Address;
pub(crate) use dial::Addressing;
pub(crate) use engine::{Engine, Setup};
pub(crate) use run::run;
pub(crate) use secrets::Secrets;
pub(crate) use subscriptions::{Subscriptions, patience};
#[cfg(feature = "test")]
pub(crate) use tap::Tap;
