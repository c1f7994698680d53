//! Payloads of private channels as types: orders, own fills, positions, portfolios. Members not named here are ignored, absent ones are
//! `None`.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use super::{Direction, Trade};

/// An order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// Its name at Deribit: opaque.
    pub order_id: String,
    /// The instrument.
    pub instrument_name: String,
    /// Its side.
    pub direction: Direction,
    /// What became of it.
    pub order_state: OrderState,
    /// Its price.
    pub price: Option<OrderPrice>,
    /// USD for inverse futures, else the base coin.
    pub amount: Option<f64>,
    /// The same in contracts.
    pub contracts: Option<f64>,
    /// What is filled of it.
    pub filled_amount: Option<f64>,
    /// At which price in the mean.
    pub average_price: Option<f64>,
    /// `limit`, `market`, `stop_limit` and so on.
    pub order_type: Option<String>,
    /// The label it was given; look for it before sending an order again whose outcome is unknown.
    pub label: Option<String>,
    /// `good_til_cancelled`, `good_til_day`, `fill_or_kill` or `immediate_or_cancel`.
    pub time_in_force: Option<String>,
    /// Whether it only ever makes.
    pub post_only: Option<bool>,
    /// Whether it only makes a position smaller.
    pub reduce_only: Option<bool>,
    /// What triggers it: `last_price`, `mark_price` or `index_price`.
    pub trigger: Option<String>,
    /// The price that does.
    pub trigger_price: Option<f64>,
    /// When it was made, in milliseconds since the Unix epoch.
    pub creation_timestamp: Option<u64>,
    /// When it changed last, in milliseconds since the Unix epoch.
    pub last_update_timestamp: Option<u64>,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OrderState {
    /// It rests.
    Open,
    /// It is filled.
    Filled,
    /// It was refused.
    Rejected,
    /// It was cancelled.
    Cancelled,
    /// It waits for its trigger.
    Untriggered,
    /// A state that Deribit does not document.
    #[serde(other)]
    Other,
}

/// The price of an order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum OrderPrice {
    /// This.
    At(f64),
    /// A word in its place, such as `market_price`.
    Word(String),
}

/// A payload of `user.orders.*`: Deribit sends a single order by itself on `raw` channels and a list on the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Orders(pub Vec<Order>);

impl<'de> Deserialize<'de> for Orders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany)
    }
}

/// Reads either form; not an untagged enum, whose error would not say which member is wrong.
struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Orders;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an order, or a list of orders")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Orders, A::Error> {
        Ok(Orders(vec![Order::deserialize(MapAccessDeserializer::new(map))?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Orders, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Orders)
    }
}

/// A fill of one's own; payloads of `user.trades.*` are `Vec<UserTrade>`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct UserTrade {
    /// The trade as everybody sees it.
    #[serde(flatten)]
    pub trade: Trade,
    /// The order that was filled.
    pub order_id: Option<String>,
    /// Its label.
    pub label: Option<String>,
    /// What became of the order.
    pub state: Option<OrderState>,
    /// What it cost.
    pub fee: Option<f64>,
    /// In which currency.
    pub fee_currency: Option<String>,
    /// `M` for the maker's side, `T` for the taker's.
    pub liquidity: Option<String>,
}

/// A position.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Position {
    /// The instrument.
    pub instrument_name: String,
    /// Its kind, such as `future`.
    pub kind: Option<String>,
    /// Its size, below 0 where it is short: USD for inverse futures, else the base coin.
    pub size: f64,
    /// `buy`, `sell` or `zero`.
    pub direction: Option<String>,
    /// The price it was entered at, in the mean.
    pub average_price: Option<f64>,
    /// The mark price.
    pub mark_price: Option<f64>,
    /// What it has gained since the last settlement.
    pub floating_profit_loss: Option<f64>,
    /// What it has gained since it was entered.
    pub total_profit_loss: Option<f64>,
}

/// A payload of `user.changes.*`: what changed together in one instrument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Changes {
    /// The instrument.
    pub instrument_name: String,
    /// Own fills.
    #[serde(default)]
    pub trades: Vec<UserTrade>,
    /// Orders.
    #[serde(default)]
    pub orders: Vec<Order>,
    /// Positions.
    #[serde(default)]
    pub positions: Vec<Position>,
}

/// A payload of `user.portfolio.*`, and what `private/get_account_summary` answers: the account in one currency.
///
/// Which members there are depends on the account's margin model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Portfolio {
    /// The currency.
    pub currency: String,
    /// What the account is worth.
    pub equity: Option<f64>,
    /// What is paid in, with what was gained and settled.
    pub balance: Option<f64>,
    /// What is left for orders.
    pub available_funds: Option<f64>,
    /// What can be withdrawn.
    pub available_withdrawal_funds: Option<f64>,
    /// What margins are held against.
    pub margin_balance: Option<f64>,
    /// What positions and orders need.
    pub initial_margin: Option<f64>,
    /// What positions need so as not to be closed.
    pub maintenance_margin: Option<f64>,
    /// Gained and lost.
    pub total_pl: Option<f64>,
    /// The account's limits, where `extended` was asked for.
    pub limits: Option<Value>,
}
