//! Payloads of public channels as types. Members not named here are ignored, absent ones are `None`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::BookKind;
use crate::{
    error::{Error, Result},
    message::Params,
};

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
    /// Perpetuals: the present interest.
    pub interest_value: Option<f64>,
    /// Options: the implied volatility of the mark price.
    pub mark_iv: Option<f64>,
    /// Options: the implied volatility of the best bid.
    pub bid_iv: Option<f64>,
    /// Options: the implied volatility of the best ask.
    pub ask_iv: Option<f64>,
    /// Options: the interest rate that volatilities are reckoned with.
    pub interest_rate: Option<f64>,
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
    /// The block trade it is part of.
    pub block_trade_id: Option<String>,
    /// How many legs that has.
    pub block_trade_leg_count: Option<u32>,
    /// The combo it is part of.
    pub combo_id: Option<String>,
    /// The trade of the combo: a text, though it is documented as a number.
    #[serde(default, deserialize_with = "text_or_number")]
    pub combo_trade_id: Option<String>,
    /// Combos: the trades of its legs.
    pub legs: Option<Vec<Value>>,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        None => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(other.to_string()),
    })
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

/// A payload of `incremental_ticker.*`: members as they are in [`Ticker`].
///
/// Keep the first, merge those that follow, and read the whole when it is wanted:
///
/// ```
/// use nova::platform::deribit::IncrementalTicker;
///
/// let read = |text| serde_json::from_str::<IncrementalTicker>(text);
/// let mut kept = read(r#"{"type":"snapshot","instrument_name":"X","timestamp":1,"best_bid_price":9.5,"last_price":10.0}"#)?;
/// kept.merge(read(r#"{"type":"change","timestamp":2,"best_bid_price":null}"#)?);
/// let ticker = kept.ticker()?;
/// assert_eq!((ticker.timestamp, ticker.best_bid_price, ticker.last_price), (2, None, Some(10.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct IncrementalTicker {
    /// Whether it is all of it, or what changed.
    #[serde(rename = "type")]
    pub kind: BookKind,
    /// The members: one that is absent has not changed, one that is null has gone.
    #[serde(flatten)]
    pub members: Params,
}

impl IncrementalTicker {
    /// Takes the next: the whole anew, or what changed.
    pub fn merge(&mut self, next: Self) {
        match next.kind {
            BookKind::Snapshot => *self = next,
            BookKind::Change => self.members.extend(next.members),
        }
    }

    /// The ticker as it stands.
    ///
    /// # Errors
    /// [`Error::Decode`] where a member has another form, or where it began with a change and lacks what every ticker has.
    pub fn ticker(&self) -> Result<Ticker> {
        let members = Value::Object(self.members.clone());
        Ticker::deserialize(&members)
            .map_err(|error| Error::decode("incremental_ticker", error, members.to_string().as_bytes()))
    }
}

/// A payload of `quote.*`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Quote {
    /// The instrument.
    pub instrument_name: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// The best bid; `None` where there is none.
    pub best_bid_price: Option<f64>,
    /// Its amount.
    pub best_bid_amount: Option<f64>,
    /// The best ask; `None` where there is none.
    pub best_ask_price: Option<f64>,
    /// Its amount.
    pub best_ask_amount: Option<f64>,
}

/// A payload of `chart.trades.*`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Candle {
    /// When it begins, in milliseconds since the Unix epoch.
    pub tick: u64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price so far.
    pub close: f64,
    /// What was traded so far.
    pub volume: f64,
    /// The same in the quote currency.
    pub cost: f64,
}

/// A payload of `perpetual.*`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Perpetual {
    /// The present interest.
    pub interest: f64,
    /// The index price.
    pub index_price: Option<f64>,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: Option<u64>,
}

/// A payload of `instrument.state.*`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InstrumentState {
    /// The instrument.
    pub instrument_name: String,
    /// What it came to be: `open`, `locked`, `settlement`, `delivered`, `inactive`, `halted` or `archivized`.
    pub state: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
}

/// A payload of `platform_state`: either of the two.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PlatformState {
    /// Whether the venue is under maintenance.
    pub maintenance: Option<bool>,
    /// The index whose trading was locked or unlocked.
    pub price_index: Option<String>,
    /// Which of the two.
    pub locked: Option<bool>,
}
