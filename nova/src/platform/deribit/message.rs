//! Every documented channel as one message type, for clients that want no type of their own.

use serde_json::Value;

use super::{
    Book, Candle, Changes, GroupedBook, IncrementalTicker, InstrumentState, Orders, Perpetual, PlatformState,
    Portfolio, Quote, Ticker, Trade, UserTrade,
};
use crate::{
    frame::Text,
    message::{On, Raw},
};

/// A message of any of Deribit's documented channels: `message = nova::platform::deribit::Feed`.
///
/// Payloads whose members Deribit does not promise are JSON values, and a channel that is new is [`Other`](Self::Other).
///
/// ```
/// use nova::platform::deribit::Feed;
///
/// #[nova::client(platform = "deribit", profile = "financial", message = Feed)]
/// struct Desk;
///
/// fn show(message: &Feed) {
///     match message {
///         Feed::Trades(trades) => println!("{} trades", trades.len()),
///         Feed::Quote(quote) => println!("{}: {:?}", quote.instrument_name, quote.best_bid_price),
///         other => println!("{other:?}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, nova::Message)]
#[non_exhaustive]
pub enum Feed {
    /// `book.{instrument}.{group}.{depth}.{interval}`: the best levels, which replace those before.
    #[nova(channel = "book.*.*.*.*", nested)]
    GroupedBook(On<GroupedBook>),
    /// `book.{instrument}.{interval}`: a snapshot, then changes. [`Books`](crate::book::Books) puts them together.
    #[nova(channel = "book.*", nested)]
    Book(On<Book>),
    /// `ticker.{instrument}.{interval}`: all of it each time.
    #[nova(channel = "ticker.*")]
    Ticker(Box<Ticker>),
    /// `incremental_ticker.{instrument}`: all of it once, then what changed.
    #[nova(channel = "incremental_ticker.{instrument}")]
    IncrementalTicker {
        /// The instrument.
        instrument: Text,
        /// All of it, or what changed.
        ticker: IncrementalTicker,
    },
    /// `trades.{instrument}.{interval}` and `trades.{kind}.{currency}.{interval}`.
    #[nova(channel = "trades.*")]
    Trades(Vec<Trade>),
    /// `quote.{instrument}`.
    #[nova(channel = "quote.*")]
    Quote(Quote),
    /// `chart.trades.{instrument}.{resolution}`: the present candle, again and again until it is closed.
    #[nova(channel = "chart.trades.{instrument}.{resolution}")]
    Candle {
        /// The instrument.
        instrument: Text,
        /// Minutes, or `1D`.
        resolution: Text,
        /// The candle as it stands.
        candle: Candle,
    },
    /// `perpetual.{instrument}.{interval}`.
    #[nova(channel = "perpetual.{instrument}.{interval}")]
    Perpetual {
        /// The instrument.
        instrument: Text,
        /// `raw`, `100ms` or `agg2`.
        interval: Text,
        /// Its interest.
        perpetual: Perpetual,
    },
    /// `deribit_price_index.{index}`.
    #[nova(channel = "deribit_price_index.*", nested)]
    PriceIndex(On<Value>),
    /// `deribit_price_ranking.{index}`.
    #[nova(channel = "deribit_price_ranking.*", nested)]
    PriceRanking(On<Value>),
    /// `deribit_price_statistics.{index}`.
    #[nova(channel = "deribit_price_statistics.*", nested)]
    PriceStatistics(On<Value>),
    /// `deribit_volatility_index.{index}`.
    #[nova(channel = "deribit_volatility_index.*", nested)]
    VolatilityIndex(On<Value>),
    /// `estimated_expiration_price.{index}`.
    #[nova(channel = "estimated_expiration_price.*", nested)]
    EstimatedExpirationPrice(On<Value>),
    /// `markprice.options.{index}`.
    #[nova(channel = "markprice.options.*", nested)]
    OptionMarkPrices(On<Value>),
    /// `instrument.state.{kind}.{currency}`.
    #[nova(channel = "instrument.state.*")]
    InstrumentState(InstrumentState),
    /// `platform_state`.
    #[nova(channel = "platform_state")]
    PlatformState(PlatformState),
    /// `platform_state.public_methods_state`.
    #[nova(channel = "platform_state.public_methods_state")]
    PublicMethodsState(Value),
    /// `announcements`.
    #[nova(channel = "announcements")]
    Announcement(Value),
    /// `block_trade_confirmations`, of all currencies.
    #[nova(channel = "block_trade_confirmations")]
    BlockTradeConfirmations(Value),
    /// `block_trade_confirmations.{currency}`.
    #[nova(channel = "block_trade_confirmations.*", nested)]
    BlockTradeConfirmationsOf(On<Value>),
    /// `block_rfq.*`.
    #[nova(channel = "block_rfq.*", nested)]
    BlockRfq(On<Value>),
    /// `user.orders.*`: one where each change is told by itself (`raw`), several where they are gathered.
    #[nova(channel = "user.orders.*")]
    Orders(Orders),
    /// `user.trades.*`: own fills.
    #[nova(channel = "user.trades.*")]
    UserTrades(Vec<UserTrade>),
    /// `user.changes.*`: orders, own fills and positions of one instrument that changed together.
    #[nova(channel = "user.changes.*")]
    Changes(Changes),
    /// `user.portfolio.{currency}`.
    #[nova(channel = "user.portfolio.*")]
    Portfolio(Box<Portfolio>),
    /// `user.mmp_trigger.{index}`: market maker protection stepped in.
    #[nova(channel = "user.mmp_trigger.*", nested)]
    MmpTrigger(On<Value>),
    /// `user.access_log`.
    #[nova(channel = "user.access_log")]
    AccessLog(Value),
    /// `user.lock`.
    #[nova(channel = "user.lock")]
    Lock(Value),
    /// `user.combo_trades.*`.
    #[nova(channel = "user.combo_trades.*", nested)]
    ComboTrades(On<Value>),
    /// A channel that is none of these.
    #[nova(other)]
    Other(Raw),
}
