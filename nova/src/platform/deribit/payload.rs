//! Payloads as types, for those who want no type of their own. Members not named here are ignored, absent ones are `None`.

use serde::Deserialize;

/// A payload of `ticker.*`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Ticker {
    /// The instrument.
    pub instrument_name: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// Its state, such as `open`.
    pub state: Option<String>,
    /// The best bid; 0 with an amount of 0 where there is none.
    pub best_bid_price: Option<f64>,
    /// Its amount.
    pub best_bid_amount: Option<f64>,
    /// The best ask; 0 with an amount of 0 where there is none.
    pub best_ask_price: Option<f64>,
    /// Its amount.
    pub best_ask_amount: Option<f64>,
    /// The price of the last trade; `None` where there never was one.
    pub last_price: Option<f64>,
    /// The mark price.
    pub mark_price: Option<f64>,
    /// The index price.
    pub index_price: Option<f64>,
    /// The lowest price an order may have.
    pub min_price: Option<f64>,
    /// The highest price an order may have.
    pub max_price: Option<f64>,
    /// Open interest.
    pub open_interest: Option<f64>,
    /// The last settlement's price.
    pub settlement_price: Option<f64>,
    /// The last day.
    pub stats: Option<Stats>,
    /// Perpetuals: the present funding.
    pub current_funding: Option<f64>,
    /// Perpetuals: the funding of the last 8 hours.
    pub funding_8h: Option<f64>,
    /// Options: the implied volatility of the mark price.
    pub mark_iv: Option<f64>,
    /// Options: the implied volatility of the best bid.
    pub bid_iv: Option<f64>,
    /// Options: the implied volatility of the best ask.
    pub ask_iv: Option<f64>,
    /// Options: the underlying's price.
    pub underlying_price: Option<f64>,
    /// Options: the underlying.
    pub underlying_index: Option<String>,
    /// Options: the greeks.
    pub greeks: Option<Greeks>,
}

/// The last day of an instrument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// Volume.
    pub volume: Option<f64>,
    /// Volume in USD.
    pub volume_usd: Option<f64>,
    /// The highest price.
    pub high: Option<f64>,
    /// The lowest price.
    pub low: Option<f64>,
    /// The change of the price, in per cent.
    pub price_change: Option<f64>,
}

/// How an option's price moves.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the letters are their own names")]
pub struct Greeks {
    pub delta: Option<f64>,
    pub gamma: Option<f64>,
    pub theta: Option<f64>,
    pub vega: Option<f64>,
    pub rho: Option<f64>,
}

/// A trade; payloads of `trades.*` are `Vec<Trade>`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Trade {
    /// The instrument.
    pub instrument_name: String,
    /// Consecutive in each instrument.
    pub trade_seq: u64,
    /// Unique in each currency.
    pub trade_id: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// The side of who took.
    pub direction: Direction,
    /// The price.
    pub price: f64,
    /// USD for inverse futures, else the base coin.
    pub amount: f64,
    /// The same in contracts.
    pub contracts: Option<f64>,
    /// The mark price at the time.
    pub mark_price: Option<f64>,
    /// The index price at the time.
    pub index_price: Option<f64>,
    /// 0 plus tick, 1 zero-plus tick, 2 minus tick, 3 zero-minus tick.
    pub tick_direction: Option<u8>,
    /// Options: the implied volatility.
    pub iv: Option<f64>,
    /// `M`, `T` or `MT` where the maker's, the taker's or both sides were liquidated.
    pub liquidation: Option<String>,
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
}

/// A payload of `book.{instrument}.{interval}`: the whole book, or what changed of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Book {
    /// The instrument.
    pub instrument_name: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// Whether it replaces the book; absent in older feeds, where a message without [`prev_change_id`](Self::prev_change_id) does.
    #[serde(rename = "type")]
    pub kind: Option<BookKind>,
    /// The change before this one. nova has checked it.
    pub prev_change_id: Option<u64>,
    /// This change.
    pub change_id: u64,
    /// Bids.
    pub bids: Vec<Level>,
    /// Asks.
    pub asks: Vec<Level>,
}

/// Whether a message of a book replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookKind {
    /// It does.
    Snapshot,
    /// It changes some levels.
    Change,
}

/// A level of a book.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "(Action, f64, f64)")]
#[non_exhaustive]
pub struct Level {
    /// What becomes of it.
    pub action: Action,
    /// Its price: the same text always reads as the same number, so it may be compared, but calculate keys with decimals.
    pub price: f64,
    /// What is there now, not the difference; 0 for one that goes.
    pub amount: f64,
}

/// What becomes of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It appears, or is set anew if it is there already.
    New,
    /// Its amount is set.
    Change,
    /// It goes, if it is there.
    Delete,
}

impl From<(Action, f64, f64)> for Level {
    fn from((action, price, amount): (Action, f64, f64)) -> Self {
        Self { action, price, amount }
    }
}
