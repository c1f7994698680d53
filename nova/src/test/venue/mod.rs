//! Local servers that speak a venue's protocol.
//!
//! [`Deribit`] is a small exchange of its own: it logs clients in, moves its prices, and misbehaves on command. [`Ethereum`] is a
//! node of a tiny chain, which mines and reorganises on command. [`Recording`] replays a recorded session byte for byte.

mod deribit;
mod ethereum;
mod recording;
mod replay;
#[cfg(test)]
mod replay_tests;
mod upgrade;

pub use deribit::{Credits, Deribit, DeribitBuilder, Pool};
pub use ethereum::{Emitted, Ethereum};
pub use recording::Recording;
pub use replay::Replay;
pub(super) use upgrade::{Gate, accept};
