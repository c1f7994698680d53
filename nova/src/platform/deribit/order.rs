//! What an order is asked for with: only what is said is sent.

use serde::Serialize;

/// An order to place: [`Trading::buy`](super::Trading::buy), [`Trading::sell`](super::Trading::sell).
///
/// Give it a [`label`](Self::label): where a link is lost before the answer, the order may have been placed, and its label is how to
/// find it.
///
/// ```
/// use nova::platform::deribit::NewOrder;
///
/// let order = NewOrder::limit("BTC-PERPETUAL", 10.0, 36_000.0).label("desk-17").post_only(true);
/// let stop = NewOrder::of("stop_market", "BTC-PERPETUAL", 10.0).trigger("mark_price", 35_000.0).reduce_only();
/// # let _ = (order, stop);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct NewOrder {
    instrument_name: String,
    amount: f64,
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_in_force: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reject_post_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reduce_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_amount: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<u64>,
}

impl NewOrder {
    /// An order that rests at `price` unless it is filled at once. The amount is in USD for inverse futures, else in the base coin.
    pub fn limit(instrument: impl Into<String>, amount: f64, price: f64) -> Self {
        Self::of("limit", instrument, amount).price(price)
    }

    /// An order that is filled at whatever price there is.
    pub fn market(instrument: impl Into<String>, amount: f64) -> Self {
        Self::of("market", instrument, amount)
    }

    /// An order of this type: `limit`, `market`, `stop_limit`, `stop_market`, `take_limit`, `take_market`, `market_limit` or
    /// `trailing_stop`.
    pub fn of(kind: impl Into<String>, instrument: impl Into<String>, amount: f64) -> Self {
        Self { instrument_name: instrument.into(), amount, kind: kind.into(), terms: Terms::default() }
    }

    /// Its price.
    pub fn price(mut self, price: f64) -> Self {
        self.terms.price = Some(price);
        self
    }

    /// A name of your own for it, of at most 64 characters.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.terms.label = Some(label.into());
        self
    }

    /// `good_til_cancelled`, `good_til_day`, `fill_or_kill` or `immediate_or_cancel`.
    pub fn time_in_force(mut self, time_in_force: impl Into<String>) -> Self {
        self.terms.time_in_force = Some(time_in_force.into());
        self
    }

    /// It only makes: where it would be filled at once it is refused if `reject`, else moved a tick away.
    pub fn post_only(mut self, reject: bool) -> Self {
        (self.terms.post_only, self.terms.reject_post_only) = (Some(true), Some(reject));
        self
    }

    /// It only makes a position smaller.
    pub fn reduce_only(mut self) -> Self {
        self.terms.reduce_only = Some(true);
        self
    }

    /// What triggers it (`last_price`, `mark_price`, `index_price`), and where.
    pub fn trigger(mut self, trigger: impl Into<String>, price: f64) -> Self {
        (self.terms.trigger, self.terms.trigger_price) = (Some(trigger.into()), Some(price));
        self
    }

    /// How much of it others see.
    pub fn display_amount(mut self, amount: f64) -> Self {
        self.terms.display_amount = Some(amount);
        self
    }

    /// Until when Deribit may take it, in milliseconds since the Unix epoch: an order that was held up is refused.
    pub fn valid_until(mut self, timestamp: u64) -> Self {
        self.terms.valid_until = Some(timestamp);
        self
    }
}

/// A change to an order that rests: [`Trading::edit`](super::Trading::edit).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct Edit {
    order_id: String,
    amount: f64,
    #[serde(flatten)]
    terms: Terms,
}

impl Edit {
    /// The order's new amount.
    pub fn new(order_id: impl Into<String>, amount: f64) -> Self {
        Self { order_id: order_id.into(), amount, terms: Terms::default() }
    }

    /// Its new price.
    pub fn price(mut self, price: f64) -> Self {
        self.terms.price = Some(price);
        self
    }
}
