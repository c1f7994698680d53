//! Orders as they are sent, and what the venue answers. Prices and sizes are text here, exactly as the venue gets them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Side;

/// An order to place. What is `None` is not sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct NewOrder {
    category: &'static str,
    symbol: String,
    side: Side,
    order_type: &'static str,
    qty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_in_force: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_link_id: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl NewOrder {
    /// A limit order, good until it is cancelled. `category` is `linear`, `inverse`, `spot` or `option`.
    ///
    /// ```
    /// use nova::platform::bybit::{NewOrder, Side};
    ///
    /// let order = NewOrder::limit("linear", "BTCUSDT", Side::Buy, "0.01", "36000").link_id("my-1").with("reduceOnly", true);
    /// # let _ = order;
    /// ```
    pub fn limit(
        category: &'static str,
        symbol: impl Into<String>,
        side: Side,
        qty: impl Into<String>,
        price: impl Into<String>,
    ) -> Self {
        let order = Self::market(category, symbol, side, qty);
        Self { order_type: "Limit", price: Some(price.into()), time_in_force: Some("GTC"), ..order }
    }

    /// A market order.
    pub fn market(category: &'static str, symbol: impl Into<String>, side: Side, qty: impl Into<String>) -> Self {
        Self {
            category,
            symbol: symbol.into(),
            side,
            order_type: "Market",
            qty: qty.into(),
            price: None,
            time_in_force: None,
            order_link_id: None,
            more: Map::new(),
        }
    }

    /// How long it stands: `GTC`, `IOC`, `FOK` or `PostOnly`.
    pub fn time_in_force(mut self, time_in_force: &'static str) -> Self {
        self.time_in_force = Some(time_in_force);
        self
    }

    /// Your name of it: what to look it up by where no answer came.
    pub fn link_id(mut self, id: impl Into<String>) -> Self {
        self.order_link_id = Some(id.into());
        self
    }

    /// Any other member, by its name at the venue.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.more.insert(name.into(), value.into());
        self
    }
}

/// What to change of an order.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AmendOrder {
    /// `linear`, `inverse`, `spot` or `option`.
    pub category: &'static str,
    /// The symbol.
    pub symbol: String,
    /// Which one, by the venue's name; or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// by yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_link_id: Option<String>,
    /// The new size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<String>,
    /// The new price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
}

/// Which order to cancel.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelOrder {
    /// `linear`, `inverse`, `spot` or `option`.
    pub category: &'static str,
    /// The symbol.
    pub symbol: String,
    /// Which one, by the venue's name; or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// by yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_link_id: Option<String>,
}

/// Several orders of one category: at most 20, of spot 10.
#[derive(Clone, Debug, Serialize)]
pub struct BatchOf<T> {
    /// `linear`, `inverse`, `spot` or `option`.
    pub category: &'static str,
    /// The orders.
    pub request: Vec<T>,
}

/// The whole answer to a request of order entry, for those who call by name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Answer<T> {
    /// What was asked for.
    pub data: T,
    /// What the venue adds: of a batch, each order's code.
    #[serde(default)]
    pub ret_ext_info: Value,
}

/// An order was accepted, which is not filled and not even resting: the topic `order` tells what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Answer<Ids>")]
#[non_exhaustive]
pub struct Placed {
    /// The venue's name of it.
    pub order_id: String,
    /// Your name of it; empty where it has none.
    pub order_link_id: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ids {
    order_id: Option<String>,
    order_link_id: Option<String>,
}

impl From<Answer<Ids>> for Placed {
    fn from(Answer { data: Ids { order_id, order_link_id }, .. }: Answer<Ids>) -> Self {
        Self { order_id: order_id.unwrap_or_default(), order_link_id: order_link_id.unwrap_or_default() }
    }
}

/// What became of each order of a batch. The venue answers a batch with success also where every order of it was refused.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Answer<List<Ids>>")]
#[non_exhaustive]
pub struct Batch {
    /// One for each order, in their order.
    pub items: Vec<BatchItem>,
}

/// What became of one order of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchItem {
    /// The venue's name of it; empty where it was refused.
    pub order_id: String,
    /// Your name of it; empty where it has none.
    pub order_link_id: String,
    /// 0 where it was accepted.
    pub code: i64,
    /// The venue's words.
    pub message: String,
}

impl BatchItem {
    /// Whether the venue accepted it.
    pub fn is_accepted(&self) -> bool {
        self.code == 0
    }
}

#[derive(Default, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct List<T> {
    #[serde(default = "Vec::new")]
    list: Vec<T>,
}

#[derive(Deserialize)]
struct Verdict {
    code: i64,
    #[serde(default)]
    msg: String,
}

impl From<Answer<List<Ids>>> for Batch {
    fn from(Answer { data, ret_ext_info }: Answer<List<Ids>>) -> Self {
        let verdicts: List<Verdict> = serde_json::from_value(ret_ext_info).unwrap_or(List { list: Vec::new() });
        let mut verdicts = verdicts.list.into_iter();
        let item = |Ids { order_id, order_link_id }| {
            // Without a word of the venue an order is not taken for accepted.
            let silent = || Verdict { code: -1, msg: "the venue says nothing of it".to_owned() };
            let Verdict { code, msg: message } = verdicts.next().unwrap_or_else(silent);
            let (order_id, order_link_id) = (order_id.unwrap_or_default(), order_link_id.unwrap_or_default());
            BatchItem { order_id, order_link_id, code, message }
        };
        Self { items: data.list.into_iter().map(item).collect() }
    }
}
