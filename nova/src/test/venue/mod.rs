//! Local servers that speak a venue's protocol.
//!
//! [`Deribit`] and [`Bybit`] are small exchanges of their own: they log clients in, move their prices, and misbehave on command.
//! [`Ethereum`] is a node of a tiny chain, which mines and reorganises on command; [`Slack`] a workspace in which things happen on command;
//! [`Discord`] a gateway for bots, whose sessions it keeps. [`Recording`] replays a recorded session byte for byte.

mod bybit;
mod clock;
mod deribit;
#[cfg(feature = "discord")]
mod discord;
mod ethereum;
mod parting;
mod random;
mod recording;
mod replay;
#[cfg(test)]
mod replay_tests;
mod slack;
mod upgrade;

pub use bybit::{Bybit, BybitBuilder};
pub use deribit::{Credits, Deribit, DeribitBuilder, Pool};
#[cfg(feature = "discord")]
pub use discord::{Discord, DiscordBuilder};
pub use ethereum::{Emitted, Ethereum};
pub use recording::Recording;
pub use replay::Replay;
pub use slack::{Slack, SlackBuilder};
pub(super) use upgrade::{Gate, accept};
