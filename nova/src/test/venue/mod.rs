//! Local servers that speak a venue's protocol.
//!
//! [`Deribit`] is a small exchange of its own: it logs clients in, moves its prices, and misbehaves on command. [`Recording`]
//! replays a recorded session byte for byte.

mod deribit;
mod recording;
mod replay;
#[cfg(test)]
mod replay_tests;
mod tasks;
mod transcript;
mod upgrade;

pub use deribit::{Credits, Deribit, DeribitBuilder, Pool};
pub use recording::Recording;
pub use replay::Replay;
pub use transcript::{Direction, Line};

pub(super) use tasks::{Tasks, listen};
pub(super) use transcript::Transcript;
pub(super) use upgrade::{Gate, accept};
