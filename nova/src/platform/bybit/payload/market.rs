//! Market data: what the public endpoints push.

use serde::Deserialize;

use super::{
    super::frame::numbers,
    Push, PushKind, Side,
    number::{optional, required},
};
use crate::{
    book::{self, Decimal, Numbers, Update},
    message::Raw,
};

/// The messages of the public endpoints.
///
/// ```
/// use nova::platform::bybit;
///
/// #[nova::client(platform = "bybit", profile = "financial", message = bybit::Market)]
/// struct Prices;
/// ```
#[derive(Clone, Debug, nova::Message)]
#[non_exhaustive]
pub enum Market {
    /// `orderbook.{depth}.{symbol}`.
    #[nova(channel = "orderbook.*")]
    Book(Push<Book>),
    /// `publicTrade.{symbol}`.
    #[nova(channel = "publicTrade.*")]
    Trades(Push<Vec<Trade>>),
    /// `tickers.{symbol}`.
    #[nova(channel = "tickers.*")]
    Ticker(Box<Push<Ticker>>),
    /// `kline.{interval}.{symbol}`.
    #[nova(channel = "kline.*")]
    Candles(Push<Vec<Candle>>),
    /// `allLiquidation.{symbol}`.
    #[nova(channel = "allLiquidation.*")]
    Liquidations(Push<Vec<Liquidation>>),
    /// Anything else.
    #[nova(other)]
    Other(Raw),
}

/// A book, or what changed of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Book {
    /// The symbol.
    #[serde(rename = "s")]
    pub symbol: String,
    /// Bids, the best first.
    #[serde(rename = "b")]
    pub bids: Vec<Level>,
    /// Asks, the best first.
    #[serde(rename = "a")]
    pub asks: Vec<Level>,
    /// The update's number on its topic. nova has checked it.
    #[serde(rename = "u")]
    pub update_id: u64,
    /// The matching engine's number: it grows, and is not consecutive.
    #[serde(default)]
    pub seq: Option<u64>,
}

/// A level of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Sizes")]
#[non_exhaustive]
pub struct Level {
    /// Its price.
    pub price: Decimal,
    /// What is there now, not the difference; 0 for one that goes.
    pub size: Decimal,
    /// Books of `orderbook.rpi`: what only retail orders can meet, which is not in `size`.
    pub rpi_size: Option<Decimal>,
}

/// `[price, size]`, and a third in books of `orderbook.rpi`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sizes {
    Two(Decimal, Decimal),
    Three(Decimal, Decimal, Decimal),
}

impl From<Sizes> for Level {
    fn from(sizes: Sizes) -> Self {
        match sizes {
            Sizes::Two(price, size) => Self { price, size, rpi_size: None },
            Sizes::Three(price, size, rpi_size) => Self { price, size, rpi_size: Some(rpi_size) },
        }
    }
}

impl Level {
    fn told(&self) -> book::Level {
        book::Level { price: self.price, amount: self.size }
    }
}

/// A message of a book, for an [`OrderBook`](book::OrderBook) with the rule
/// [`IncrementFromOne`](crate::book::Rule::IncrementFromOne).
impl Update for Push<Book> {
    fn numbers(&self) -> Numbers {
        numbers(&self.topic, self.kind == Some(PushKind::Snapshot), self.data.update_id)
    }

    fn bids(&self) -> impl Iterator<Item = book::Level> {
        self.data.bids.iter().map(Level::told)
    }

    fn asks(&self) -> impl Iterator<Item = book::Level> {
        self.data.asks.iter().map(Level::told)
    }
}

/// A trade. A message has up to 1024 of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Trade {
    /// What it is known by.
    #[serde(rename = "i")]
    pub id: String,
    /// The symbol.
    #[serde(rename = "s")]
    pub symbol: String,
    /// The side of who took.
    #[serde(rename = "S")]
    pub side: Side,
    /// The price.
    #[serde(rename = "p", deserialize_with = "required")]
    pub price: f64,
    /// The size.
    #[serde(rename = "v", deserialize_with = "required")]
    pub size: f64,
    /// When, in milliseconds since the Unix epoch.
    #[serde(rename = "T", deserialize_with = "required")]
    pub time: u64,
    /// How the price moved: `PlusTick`, `ZeroPlusTick`, `MinusTick`, `ZeroMinusTick`.
    #[serde(rename = "L", default)]
    pub direction: Option<String>,
    /// Whether it was a block trade.
    #[serde(rename = "BT", default)]
    pub is_block: bool,
    /// The matching engine's number, which several messages may share.
    #[serde(default)]
    pub seq: Option<u64>,
}

/// A candle.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Candle {
    /// Its first millisecond.
    pub start: u64,
    /// Its last millisecond.
    pub end: u64,
    /// Its interval, such as `1` or `D`.
    pub interval: String,
    /// The first price.
    #[serde(deserialize_with = "required")]
    pub open: f64,
    /// The last price.
    #[serde(deserialize_with = "required")]
    pub close: f64,
    /// The highest price.
    #[serde(deserialize_with = "required")]
    pub high: f64,
    /// The lowest price.
    #[serde(deserialize_with = "required")]
    pub low: f64,
    /// The volume.
    #[serde(deserialize_with = "required")]
    pub volume: f64,
    /// The turnover.
    #[serde(default, deserialize_with = "optional")]
    pub turnover: Option<f64>,
    /// Whether it is closed and will not change any more.
    pub confirm: bool,
}

/// A position that was liquidated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Liquidation {
    /// When, in milliseconds since the Unix epoch.
    #[serde(rename = "T", deserialize_with = "required")]
    pub time: u64,
    /// The symbol.
    #[serde(rename = "s")]
    pub symbol: String,
    /// The side of the position.
    #[serde(rename = "S")]
    pub side: Side,
    /// Its size.
    #[serde(rename = "v", deserialize_with = "required")]
    pub size: f64,
    /// The price at which it was bankrupt.
    #[serde(rename = "p", deserialize_with = "required")]
    pub price: f64,
}

/// Writes the members of a ticker, all of which may be missing, and how one is merged into another.
macro_rules! ticker {
    ($( $(#[doc = $doc:literal])* $(#[serde($($key:tt)+)])? $name:ident, )*) => {
        /// A ticker, or what changed of it. Spot has no bid and ask.
        ///
        /// Contracts are told in changes: [`merge`](Ticker::merge) each into the one before it.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct Ticker {
            /// The symbol.
            pub symbol: String,
            /// How the price moved; not of spot pairs and options.
            #[serde(default)]
            pub tick_direction: Option<String>,
            $(
                $(#[doc = $doc])*
                #[serde(default, deserialize_with = "optional", $($($key)+)?)]
                pub $name: Option<f64>,
            )*
        }

        impl Ticker {
            /// Takes over what a later message says.
            pub fn merge(&mut self, later: Self) {
                self.symbol = later.symbol;
                self.tick_direction = later.tick_direction.or(self.tick_direction.take());
                $( self.$name = later.$name.or(self.$name); )*
            }
        }
    };
}

ticker! {
    /// The last price.
    last_price,
    /// The best bid.
    #[serde(rename = "bid1Price", alias = "bidPrice")]
    bid_price,
    /// Its size.
    #[serde(rename = "bid1Size", alias = "bidSize")]
    bid_size,
    /// The best ask.
    #[serde(rename = "ask1Price", alias = "askPrice")]
    ask_price,
    /// Its size.
    #[serde(rename = "ask1Size", alias = "askSize")]
    ask_size,
    /// The mark price.
    mark_price,
    /// The index price.
    index_price,
    /// Open interest.
    open_interest,
    /// Open interest in the quote currency.
    open_interest_value,
    /// The highest price of the last day.
    #[serde(rename = "highPrice24h")]
    high_price_24h,
    /// The lowest price of the last day.
    #[serde(rename = "lowPrice24h")]
    low_price_24h,
    /// The price of a day ago.
    #[serde(rename = "prevPrice24h")]
    prev_price_24h,
    /// The change of the price in the last day, as a fraction.
    #[serde(rename = "price24hPcnt")]
    price_change_24h,
    /// The volume of the last day.
    #[serde(rename = "volume24h")]
    volume_24h,
    /// The turnover of the last day.
    #[serde(rename = "turnover24h")]
    turnover_24h,
    /// Perpetuals: the funding rate.
    funding_rate,
    /// Perpetuals: when funding is paid next, in milliseconds since the Unix epoch.
    next_funding_time,
    /// Options: the implied volatility of the mark price.
    #[serde(rename = "markPriceIv")]
    mark_iv,
    /// Options: the implied volatility of the best bid.
    bid_iv,
    /// Options: the implied volatility of the best ask.
    ask_iv,
    /// Options: the underlying's price.
    underlying_price,
    /// Options: delta.
    delta,
    /// Options: gamma.
    gamma,
    /// Options: vega.
    vega,
    /// Options: theta.
    theta,
}
