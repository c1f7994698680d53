//! Payloads as types, for those who want no type of their own. Members not named here are ignored.
//!
//! Bybit writes prices, amounts and many times as strings, and an empty one for none. Here they are numbers, and `None` for none.

mod account;
mod market;
mod number;
mod trade;

pub use account::{Account, Coin, Execution, Greeks, Order, Position, Wallet};
pub use market::{Book, Candle, Level, Liquidation, Market, Ticker, Trade};
pub use trade::{AmendOrder, Answer, Batch, BatchItem, BatchOf, CancelOrder, NewOrder, Placed};

use serde::{Deserialize, Serialize};

/// A pushed message, whole: what its topic tells, and what stands around it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Push<T> {
    /// The topic.
    pub topic: String,
    /// Whether it says how things are, or what changed; private news have none.
    #[serde(rename = "type", default)]
    pub kind: Option<PushKind>,
    /// When the venue sent it, in milliseconds since the Unix epoch.
    #[serde(alias = "creationTime", default, deserialize_with = "number::optional")]
    pub ts: Option<u64>,
    /// Books: when the matching engine made it.
    #[serde(default, deserialize_with = "number::optional")]
    pub cts: Option<u64>,
    /// What is told.
    pub data: T,
}

/// Whether a message says how things are, or what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// It says how things are.
    Snapshot,
    /// It says what changed since the message before.
    Delta,
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Side {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
    /// Neither: a position that is closed.
    #[serde(rename = "", alias = "None")]
    Neither,
}
