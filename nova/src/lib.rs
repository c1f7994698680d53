//! nova: an annotated struct becomes a complete, resilient WebSocket client.

extern crate self as nova;

mod error;
mod frame;
#[cfg(feature = "test")]
pub mod test;
mod time;

pub use error::{Error, ErrorClass, Outcome, Result};
pub use frame::{Close, CloseCode, Frame, Text};
pub use time::{Clock, SystemClock};
