//! The order list: what rests, what was filled, and the positions that came of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    fault::{self, Fault, Params},
    instrument::Instrument,
    market::{Market, Quotes},
};

/// What happened to one order; told to whoever listens to `user.*`.
#[derive(Clone, Debug)]
pub(super) struct OrderEvent {
    pub(super) instrument: Instrument,
    pub(super) order: Value,
    pub(super) trades: Vec<Value>,
}

#[derive(Debug, Default)]
pub(super) struct Orders {
    placed: u64,
    open: BTreeMap<String, Resting>,
    positions: BTreeMap<String, f64>,
}

#[derive(Debug)]
struct Resting {
    connection: u64,
    event: OrderEvent,
}

impl Orders {
    /// `private/buy` and `private/sell`: a limit order that crosses, or a market order, is filled at once and whole.
    pub(super) fn place(
        &mut self,
        buy: bool,
        params: &Params,
        connection: u64,
        market: &Market,
        now_ms: u64,
    ) -> Result<OrderEvent, Fault> {
        let quotes = market.get(params.text("instrument_name")?).ok_or(fault::UNKNOWN_INSTRUMENT)?;
        let instrument = &quotes.instrument;
        let amount = params.number("amount")?;
        let lots = amount * (1.0 / instrument.lot);
        if amount <= 0.0 || (lots - lots.round()).abs() > 1e-9 {
            return Err(Fault::param("amount", "must be a multiple of contract size"));
        }
        let (limit, kind) = match params.text_or("type", "limit")? {
            "limit" => (Some(params.number("price")?), "limit"),
            "market" => (None, "market"),
            _ => return Err(Fault::param("type", "must be `limit` or `market` here")),
        };
        self.placed += 1;
        let filled = fill_price(quotes, buy, limit);
        let mut order = json!({
            "order_id": format!("{}-{}", instrument.base, 100_000 + 7 * self.placed),
            "instrument_name": instrument.name, "direction": direction(buy), "amount": amount, "order_type": kind,
            "price": limit.map_or(json!("market_price"), Value::from), "label": params.text_or("label", "")?,
            "time_in_force": params.text_or("time_in_force", "good_til_cancelled")?,
            "order_state": if filled.is_some() { "filled" } else { "open" },
            "filled_amount": if filled.is_some() { amount } else { 0.0 }, "api": true, "web": false,
            "creation_timestamp": now_ms, "last_update_timestamp": now_ms,
        });
        let mut trades = Vec::new();
        if let Some(price) = filled {
            order["average_price"] = price.into();
            let signed = if buy { amount } else { -amount };
            *self.positions.entry(instrument.name.clone()).or_default() += signed;
            trades.push(json!({
                "trade_seq": self.placed, "trade_id": format!("{}-{}", instrument.base, 900_000 + self.placed),
                "order_id": order["order_id"], "instrument_name": instrument.name, "direction": direction(buy),
                "amount": amount, "price": price, "timestamp": now_ms, "state": "filled", "fee": 0.0,
                "fee_currency": instrument.base, "liquidity": "T", "label": order["label"],
            }));
        }
        let event = OrderEvent { instrument: instrument.clone(), order, trades };
        if filled.is_none() {
            let id = event.order["order_id"].as_str().unwrap_or_default().to_owned();
            self.open.insert(id, Resting { connection, event: event.clone() });
        }
        Ok(event)
    }

    pub(super) fn cancel(&mut self, id: &str, now_ms: u64) -> Result<OrderEvent, Fault> {
        let mut event = self.open.remove(id).ok_or(fault::ORDER_NOT_FOUND)?.event;
        event.order["order_state"] = "cancelled".into();
        event.order["last_update_timestamp"] = now_ms.into();
        Ok(event)
    }

    /// `private/edit` of an order that rests; it goes on resting, whatever its price.
    pub(super) fn edit(&mut self, params: &Params, now_ms: u64) -> Result<OrderEvent, Fault> {
        let amount = params.number("amount")?;
        let price = params.get("price").map(|_| params.number("price")).transpose()?;
        let event = &mut self.open.get_mut(params.text("order_id")?).ok_or(fault::ORDER_NOT_FOUND)?.event;
        event.order["amount"] = amount.into();
        event.order["last_update_timestamp"] = now_ms.into();
        if let Some(price) = price {
            event.order["price"] = price.into();
        }
        Ok(event.clone())
    }

    /// Cancels the orders of which this is true, by the connection that placed each and what is told of it.
    pub(super) fn cancel_those(&mut self, now_ms: u64, these: impl Fn(u64, &Value) -> bool) -> Vec<OrderEvent> {
        let chosen = self.open.iter().filter(|(_, resting)| these(resting.connection, &resting.event.order));
        let ids: Vec<String> = chosen.map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| self.cancel(id, now_ms).ok()).collect()
    }

    pub(super) fn open(&self) -> Vec<Value> {
        self.open.values().map(|resting| resting.event.order.clone()).collect()
    }

    pub(super) fn positions(&self, market: &Market) -> Vec<Value> {
        let held = self.positions.iter().filter_map(|(name, size)| Some((market.get(name)?, *size)));
        held.map(|(quotes, size)| {
            json!({
                "instrument_name": quotes.instrument.name, "kind": quotes.instrument.kind.word(), "size": size,
                "direction": if size > 0.0 { "buy" } else if size < 0.0 { "sell" } else { "zero" },
                "mark_price": quotes.mark(), "floating_profit_loss": 0.0,
            })
        })
        .collect()
    }
}

fn direction(buy: bool) -> &'static str {
    if buy { "buy" } else { "sell" }
}

fn fill_price(quotes: &Quotes, buy: bool, limit: Option<f64>) -> Option<f64> {
    let (steps, _) = if buy { quotes.ladder().best_ask() } else { quotes.ladder().best_bid() };
    let price = quotes.instrument.price(steps);
    let crosses = limit.is_none_or(|limit| if buy { limit >= price } else { limit <= price });
    crosses.then_some(price)
}
