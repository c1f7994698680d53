//! Order entry, as the methods of handles.

use super::{AmendOrder, Batch, BatchOf, CancelOrder, NewOrder, Placed};

/// Order entry, on the handles of clients of [`Bybit::trade`](super::Bybit::trade).
///
/// An answer says that the venue *accepted* the request; the topic `order` of a client of
/// [`Bybit::private`](super::Bybit::private) says what came of it. Without an answer in time, look the order up by your name of it.
///
/// ```no_run
/// use nova::{Credentials, platform::{Bybit, bybit::{NewOrder, Side, Trading}}};
///
/// #[nova::client(platform = "bybit", profile = "financial")]
/// struct Desk;
///
/// # async fn run(login: Credentials) -> nova::Result {
/// let desk = nova::connect(Desk).platform(Bybit::trade()).credentials(login).await?;
/// let order = NewOrder::limit("linear", "BTCUSDT", Side::Buy, "0.01", "36000").link_id("my-1");
/// let placed = desk.create_order(&order).await?;
/// # let _ = placed;
/// # Ok(())
/// # }
/// ```
#[nova::rpc(platform = "bybit", params = positional, priority = "order")]
pub trait Trading {
    /// Places an order.
    #[rpc("order.create")]
    async fn create_order(&self, order: &NewOrder) -> nova::Result<Placed>;

    /// Changes an order that rests.
    #[rpc("order.amend")]
    async fn amend_order(&self, change: &AmendOrder) -> nova::Result<Placed>;

    /// Cancels an order.
    #[rpc("order.cancel", priority = "cancel")]
    async fn cancel_order(&self, order: &CancelOrder) -> nova::Result<Placed>;

    /// Places several orders, each of which may be refused.
    #[rpc("order.create-batch")]
    async fn create_orders(&self, orders: &BatchOf<NewOrder>) -> nova::Result<Batch>;

    /// Changes several orders.
    #[rpc("order.amend-batch")]
    async fn amend_orders(&self, changes: &BatchOf<AmendOrder>) -> nova::Result<Batch>;

    /// Cancels several orders.
    #[rpc("order.cancel-batch", priority = "cancel")]
    async fn cancel_orders(&self, orders: &BatchOf<CancelOrder>) -> nova::Result<Batch>;
}
