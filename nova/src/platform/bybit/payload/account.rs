//! The account's news: what the private endpoint pushes.

use serde::Deserialize;

use super::{
    Push, Side,
    number::{optional, required},
};
use crate::message::Raw;

/// The messages of the private endpoint. A topic may be asked for as a whole (`order`) or by category (`order.linear`).
///
/// ```
/// use nova::platform::bybit;
///
/// #[nova::client(platform = "bybit", profile = "financial", message = bybit::Account)]
/// struct Desk;
/// ```
#[derive(Clone, Debug, nova::Message)]
#[non_exhaustive]
pub enum Account {
    /// `order`.
    #[nova(channel = "order")]
    Orders(Push<Vec<Order>>),
    /// `order.{category}`.
    #[nova(channel = "order.{category}")]
    OrdersOf {
        /// The category.
        category: String,
        /// What came of it.
        orders: Push<Vec<Order>>,
    },
    /// `execution`.
    #[nova(channel = "execution")]
    Executions(Push<Vec<Execution>>),
    /// `execution.{category}`, and `execution.fast`.
    #[nova(channel = "execution.{category}")]
    ExecutionsOf {
        /// The category, `fast`, or `fast.` and a category.
        category: String,
        /// What came of it.
        executions: Push<Vec<Execution>>,
    },
    /// `position`.
    #[nova(channel = "position")]
    Positions(Push<Vec<Position>>),
    /// `position.{category}`.
    #[nova(channel = "position.{category}")]
    PositionsOf {
        /// The category.
        category: String,
        /// What came of it.
        positions: Push<Vec<Position>>,
    },
    /// `wallet`.
    #[nova(channel = "wallet")]
    Wallet(Push<Vec<Wallet>>),
    /// `greeks`.
    #[nova(channel = "greeks")]
    Greeks(Push<Vec<Greeks>>),
    /// Anything else.
    #[nova(other)]
    Other(Raw),
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Order {
    /// `linear`, `inverse`, `spot` or `option`.
    #[serde(default)]
    pub category: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// The venue's name of it.
    pub order_id: String,
    /// Your name of it; empty where it has none.
    #[serde(default)]
    pub order_link_id: String,
    /// The side.
    pub side: Side,
    /// `Limit` or `Market`.
    pub order_type: String,
    /// `New`, `PartiallyFilled` and `Untriggered` are open; `Filled` may come twice.
    pub order_status: String,
    /// The limit; 0 or `None` for a market order.
    #[serde(default, deserialize_with = "optional")]
    pub price: Option<f64>,
    /// The size.
    #[serde(deserialize_with = "required")]
    pub qty: f64,
    /// What is open of it.
    #[serde(default, deserialize_with = "optional")]
    pub leaves_qty: Option<f64>,
    /// What is filled of it.
    #[serde(default, deserialize_with = "optional")]
    pub cum_exec_qty: Option<f64>,
    /// The mean price of what is filled.
    #[serde(default, deserialize_with = "optional")]
    pub avg_price: Option<f64>,
    /// Why it was rejected; `EC_NoError` where it was not.
    #[serde(default)]
    pub reject_reason: Option<String>,
    /// When it was made, in milliseconds since the Unix epoch.
    #[serde(default, deserialize_with = "optional")]
    pub created_time: Option<u64>,
    /// When it last changed.
    #[serde(default, deserialize_with = "optional")]
    pub updated_time: Option<u64>,
}

/// A fill. The topic `execution.fast` tells fewer members, sooner.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Execution {
    /// What it is known by.
    pub exec_id: String,
    /// The category.
    #[serde(default)]
    pub category: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// The order.
    pub order_id: String,
    /// Your name of the order.
    #[serde(default)]
    pub order_link_id: String,
    /// The side.
    pub side: Side,
    /// The price.
    #[serde(deserialize_with = "required")]
    pub exec_price: f64,
    /// The size.
    #[serde(deserialize_with = "required")]
    pub exec_qty: f64,
    /// The fee.
    #[serde(default, deserialize_with = "optional")]
    pub exec_fee: Option<f64>,
    /// When, in milliseconds since the Unix epoch.
    #[serde(default, deserialize_with = "optional")]
    pub exec_time: Option<u64>,
    /// Whether the order had rested.
    #[serde(default)]
    pub is_maker: Option<bool>,
}

/// A position. It is told with every order's news, changed or not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Position {
    /// The category.
    #[serde(default)]
    pub category: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// The side; neither where it is closed.
    pub side: Side,
    /// Its size.
    #[serde(deserialize_with = "required")]
    pub size: f64,
    /// The mean price of its opening.
    #[serde(default, deserialize_with = "optional")]
    pub entry_price: Option<f64>,
    /// The mark price.
    #[serde(default, deserialize_with = "optional")]
    pub mark_price: Option<f64>,
    /// What it would bring by the mark price.
    #[serde(rename = "unrealisedPnl", default, deserialize_with = "optional")]
    pub unrealised: Option<f64>,
    /// What it has brought.
    #[serde(rename = "curRealisedPnl", default, deserialize_with = "optional")]
    pub realised: Option<f64>,
    /// Where it is liquidated.
    #[serde(rename = "liqPrice", default, deserialize_with = "optional")]
    pub liquidation_price: Option<f64>,
    /// When it last changed, in milliseconds since the Unix epoch.
    #[serde(default, deserialize_with = "optional")]
    pub updated_time: Option<u64>,
}

/// An account's wallet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Wallet {
    /// Its kind, such as `UNIFIED`.
    pub account_type: String,
    /// What all is worth, in USD.
    #[serde(default, deserialize_with = "optional")]
    pub total_equity: Option<f64>,
    /// What may be used, in USD.
    #[serde(default, deserialize_with = "optional")]
    pub total_available_balance: Option<f64>,
    /// Its coins.
    #[serde(rename = "coin", default)]
    pub coins: Vec<Coin>,
}

/// What a wallet has of one coin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coin {
    /// The coin.
    pub coin: String,
    /// What it is worth with all positions.
    #[serde(default, deserialize_with = "optional")]
    pub equity: Option<f64>,
    /// What is there.
    #[serde(default, deserialize_with = "optional")]
    pub wallet_balance: Option<f64>,
}

/// The greeks of all options on a coin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Greeks {
    /// The coin.
    pub base_coin: String,
    /// Delta.
    #[serde(rename = "totalDelta", default, deserialize_with = "optional")]
    pub delta: Option<f64>,
    /// Gamma.
    #[serde(rename = "totalGamma", default, deserialize_with = "optional")]
    pub gamma: Option<f64>,
    /// Vega.
    #[serde(rename = "totalVega", default, deserialize_with = "optional")]
    pub vega: Option<f64>,
    /// Theta.
    #[serde(rename = "totalTheta", default, deserialize_with = "optional")]
    pub theta: Option<f64>,
}
