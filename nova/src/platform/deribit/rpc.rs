//! Common methods as traits of the handle: [`Market`] without a login, [`Account`] and [`Trading`] with one.
//!
//! They are what a user could write, and stand on the public API alone. What executing twice does no harm is marked so, and may be
//! sent again after a lost link; an order never is, and neither is a cancel that might meet orders placed since.

use nova::{Client, Handle, Outgoing, Priority, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Deribit, Edit, GroupedBook, NewOrder, Order, Portfolio, Position, Ticker, UserTrade};

/// Methods that need no login, on the handle of a Deribit client.
///
/// ```
/// use nova::platform::deribit::Market;
///
/// # #[nova::client(platform = "deribit")]
/// # struct Desk;
/// async fn spread(desk: &nova::Handle<Desk>) -> nova::Result<Option<f64>> {
///     let ticker = desk.ticker("BTC-PERPETUAL").await?;
///     Ok(ticker.best_ask_price.zip(ticker.best_bid_price).map(|(ask, bid)| ask - bid))
/// }
/// ```
#[nova::rpc(platform = "deribit", idempotent)]
pub trait Market {
    /// Whether the API answers, and its version.
    #[rpc("public/test")]
    async fn test(&self) -> Result<Version>;

    /// Tells who is there; a courtesy.
    #[rpc("public/hello")]
    async fn hello(&self, client_name: &str, client_version: &str) -> Result<Version>;

    /// The venue's time, in milliseconds since the Unix epoch.
    #[rpc("public/get_time")]
    async fn time(&self) -> Result<u64>;

    /// Whether the venue, or trading on some index, is locked.
    #[rpc("public/status")]
    async fn platform_status(&self) -> Result<Value>;

    /// The instruments of a currency (`any` for all), of one kind if that is said. One a second, with a burst of 50.
    #[rpc("public/get_instruments")]
    async fn instruments(&self, currency: &str, kind: Option<&str>, expired: Option<bool>) -> Result<Vec<Instrument>>;

    /// The ticker of an instrument.
    #[rpc("public/ticker")]
    async fn ticker(&self, instrument_name: &str) -> Result<Ticker>;

    /// The best levels of an instrument's book.
    #[rpc("public/get_order_book")]
    async fn order_book(&self, instrument_name: &str, depth: Option<u32>) -> Result<GroupedBook>;
}

/// What an account can be asked, on the handle of a Deribit client with credentials.
///
/// What happened while a link was lost is not told again: ask for open orders and positions behind each
/// [`Reconnected`](crate::GapCause::Reconnected).
#[nova::rpc(platform = "deribit", idempotent)]
pub trait Account {
    /// The account in one currency; with `extended`, its limits too.
    #[rpc("private/get_account_summary")]
    async fn account_summary(&self, currency: &str, extended: Option<bool>) -> Result<Portfolio>;

    /// The account in all currencies.
    #[rpc("private/get_account_summaries")]
    async fn account_summaries(&self, extended: Option<bool>) -> Result<Summaries>;

    /// Positions, of one currency and kind if that is said.
    #[rpc("private/get_positions")]
    async fn positions(&self, currency: Option<&str>, kind: Option<&str>) -> Result<Vec<Position>>;

    /// Orders that rest or wait for their trigger.
    #[rpc("private/get_open_orders")]
    async fn open_orders(
        &self,
        kind: Option<&str>,
        #[rpc(name = "type")] order_type: Option<&str>,
    ) -> Result<Vec<Order>>;

    /// Cancels an order. May be sent again after a lost link, so that `order_not_found` (10004) may mean that it was cancelled the
    /// first time.
    #[rpc("private/cancel", priority = "cancel")]
    async fn cancel(&self, order_id: &str) -> Result<Order>;

    /// Cancels all orders; how many those were.
    #[rpc("private/cancel_all", idempotent = false, priority = "cancel")]
    async fn cancel_all(&self) -> Result<u64>;

    /// Cancels the orders with this label; how many those were.
    #[rpc("private/cancel_by_label", idempotent = false, priority = "cancel")]
    async fn cancel_by_label(&self, label: &str) -> Result<u64>;
}

/// Placing and changing orders, on the handle of a Deribit client with credentials.
///
/// None of it is sent twice: where a link is lost first, the error says that the outcome is unknown
/// ([`Outcome::Unknown`](crate::Outcome::Unknown)). Look for the order's label among [`Account::open_orders`] then.
///
/// ```
/// use nova::platform::deribit::{NewOrder, Trading};
///
/// # #[nova::client(platform = "deribit")]
/// # struct Desk;
/// async fn enter(desk: &nova::Handle<Desk>) -> nova::Result<String> {
///     let placed = desk.buy(&NewOrder::limit("BTC-PERPETUAL", 10.0, 36_000.0).label("desk-17")).await?;
///     Ok(placed.order.order_id)
/// }
/// ```
pub trait Trading {
    /// Buys.
    ///
    /// # Errors
    /// [`Error::Platform`](crate::Error::Platform) where it is refused, and those of [`Handle::request`](crate::Handle::request).
    fn buy(&self, order: &NewOrder) -> impl Future<Output = Result<Placed>> + Send;

    /// Sells.
    ///
    /// # Errors
    /// Those of [`buy`](Self::buy).
    fn sell(&self, order: &NewOrder) -> impl Future<Output = Result<Placed>> + Send;

    /// Changes an order that rests.
    ///
    /// # Errors
    /// Those of [`buy`](Self::buy).
    fn edit(&self, edit: &Edit) -> impl Future<Output = Result<Placed>> + Send;
}

impl<C: Client<Platform = Deribit>> Trading for Handle<C> {
    fn buy(&self, order: &NewOrder) -> impl Future<Output = Result<Placed>> + Send {
        place(self, "private/buy", order)
    }

    fn sell(&self, order: &NewOrder) -> impl Future<Output = Result<Placed>> + Send {
        place(self, "private/sell", order)
    }

    fn edit(&self, edit: &Edit) -> impl Future<Output = Result<Placed>> + Send {
        place(self, "private/edit", edit)
    }
}

/// Before whatever waits to be asked.
async fn place<C: Client<Platform = Deribit>>(
    desk: &Handle<C>,
    method: &'static str,
    terms: &(impl Serialize + Sync),
) -> Result<Placed> {
    desk.request(Outgoing::call(method, terms)?.priority(Priority::Order)).await
}

/// What answers [`Market::test`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// The API's version.
    pub version: String,
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Instrument {
    /// Its name.
    pub instrument_name: String,
    /// `future`, `option`, `spot`, `future_combo` or `option_combo`.
    pub kind: Option<String>,
    /// What is traded.
    pub base_currency: Option<String>,
    /// What its price is in.
    pub quote_currency: Option<String>,
    /// The step of its prices.
    pub tick_size: Option<f64>,
    /// The step of its amounts.
    pub contract_size: Option<f64>,
    /// The least amount of an order.
    pub min_trade_amount: Option<f64>,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiration_timestamp: Option<u64>,
    /// Options: the strike.
    pub strike: Option<f64>,
    /// Options: `call` or `put`.
    pub option_type: Option<String>,
    /// Whether it can be traded.
    pub is_active: Option<bool>,
}

/// What answers [`Account::account_summaries`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Summaries {
    /// The account in each currency.
    pub summaries: Vec<Portfolio>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// What was filled of it at once.
    #[serde(default)]
    pub trades: Vec<UserTrade>,
}
