//! What a channel says: at the moment it is subscribed, and at every tick.

use serde_json::{Value, json};

use super::{
    instrument::Kind,
    market::{Market, Quotes},
    topic::{Scope, Topic},
};

/// The first notification of a new subscription, if it has one.
pub(super) fn first(topic: &Topic, market: &Market, now_ms: u64) -> Option<Value> {
    match topic {
        Topic::Book { instrument, pace } => Some(market.get(instrument)?.snapshot(*pace, now_ms)),
        Topic::IncrementalTicker { instrument } => {
            let mut data = ticker(market.get(instrument)?, market, now_ms);
            data["type"] = "snapshot".into();
            Some(data)
        }
        Topic::Trades { .. } => None,
        _ => state(topic, market, now_ms),
    }
}

/// This tick's notification, if the channel has something to say.
pub(super) fn update(topic: &Topic, market: &Market, now_ms: u64) -> Option<Value> {
    match topic {
        Topic::Book { instrument, pace } => market.get(instrument)?.change(*pace).cloned(),
        Topic::IncrementalTicker { instrument } => {
            let mut data = quote(market.get(instrument)?, now_ms);
            data["type"] = "change".into();
            Some(data)
        }
        Topic::Trades { scope: Scope::Instrument(name), pace } => listed(market.get(name)?.trades(*pace).to_vec()),
        Topic::Trades { scope, pace } => {
            let covered = market.instruments().filter(|instrument| scope.covers(instrument));
            let quotes = covered.filter_map(|instrument| market.get(&instrument.name));
            listed(quotes.flat_map(|quotes| quotes.trades(*pace)).cloned().collect())
        }
        Topic::GroupedBook { instrument, pace, .. }
        | Topic::Ticker { instrument, pace }
        | Topic::Perpetual { instrument, pace } => {
            market.get(instrument)?.due(*pace).then(|| state(topic, market, now_ms))?
        }
        _ => state(topic, market, now_ms),
    }
}

/// The whole state of channels that say it each time.
fn state(topic: &Topic, market: &Market, now_ms: u64) -> Option<Value> {
    match topic {
        Topic::GroupedBook { instrument, group, depth, .. } => {
            Some(grouped_book(market.get(instrument)?, group, *depth, now_ms))
        }
        Topic::Ticker { instrument, .. } => Some(ticker(market.get(instrument)?, market, now_ms)),
        Topic::Quote { instrument } => Some(quote(market.get(instrument)?, now_ms)),
        Topic::Index { index } => {
            Some(json!({ "index_name": index, "price": market.index_price(index), "timestamp": now_ms }))
        }
        Topic::Perpetual { instrument, .. } => {
            let index = market.get(instrument)?.instrument.index();
            Some(json!({ "interest": 0.0001, "index_price": market.index_price(&index), "timestamp": now_ms }))
        }
        _ => None,
    }
}

fn listed(trades: Vec<Value>) -> Option<Value> {
    (!trades.is_empty()).then(|| trades.into())
}

/// The best levels, as grouped channels and `public/get_order_book` tell them.
pub(super) fn grouped_book(quotes: &Quotes, group: &str, depth: usize, now_ms: u64) -> Value {
    // Neighbouring levels are not merged: the grid of this market is coarse enough to pass as grouped.
    let (bids, asks) = quotes.ladder().top(depth, &quotes.instrument);
    json!({
        "timestamp": now_ms, "instrument_name": quotes.instrument.name, "change_id": quotes.change_id(),
        "group": group, "bids": bids, "asks": asks,
    })
}

fn quote(quotes: &Quotes, now_ms: u64) -> Value {
    let (instrument, ladder) = (&quotes.instrument, quotes.ladder());
    let ((bid, bid_lots), (ask, ask_lots)) = (ladder.best_bid(), ladder.best_ask());
    json!({
        "timestamp": now_ms, "instrument_name": instrument.name,
        "best_bid_price": instrument.price(bid), "best_bid_amount": instrument.amount(bid_lots),
        "best_ask_price": instrument.price(ask), "best_ask_amount": instrument.amount(ask_lots),
    })
}

/// The full ticker, with the members of the instrument's kind.
pub(super) fn ticker(quotes: &Quotes, market: &Market, now_ms: u64) -> Value {
    let (instrument, mark) = (&quotes.instrument, quotes.mark());
    let index_price = market.index_price(&instrument.index());
    let mut data = quote(quotes, now_ms);
    let mut add = |members: Value| {
        if let (Value::Object(data), Value::Object(members)) = (&mut data, members) {
            data.extend(members);
        }
    };
    add(json!({
        "state": "open", "last_price": mark, "mark_price": mark, "index_price": index_price,
        "min_price": mark * 0.9, "max_price": mark * 1.1, "open_interest": 12_345.0, "settlement_price": mark,
        "estimated_delivery_price": index_price,
        "stats": { "volume": 869.0, "price_change": 0.5, "low": mark * 0.98, "high": mark * 1.02 },
    }));
    match instrument.kind {
        Kind::Perpetual => add(json!({ "current_funding": 0.0, "funding_8h": 0.000_01, "interest_value": 0.01 })),
        Kind::Option => add(json!({
            "bid_iv": 58.5, "ask_iv": 61.5, "mark_iv": 60.0, "interest_rate": 0.0, "underlying_price": index_price,
            "underlying_index": format!("{}-{}", instrument.base, instrument.expiry.as_deref().unwrap_or_default()),
            "greeks": { "delta": 0.5, "gamma": 0.000_02, "theta": -20.5, "vega": 85.5, "rho": 25.5 },
        })),
        Kind::Future | Kind::Spot => {}
    }
    data
}

/// Which instruments must move for this topic.
pub(super) fn moves(topic: &Topic, instrument: &super::instrument::Instrument) -> bool {
    match topic {
        Topic::Book { instrument: name, .. }
        | Topic::GroupedBook { instrument: name, .. }
        | Topic::Ticker { instrument: name, .. }
        | Topic::IncrementalTicker { instrument: name }
        | Topic::Quote { instrument: name }
        | Topic::Perpetual { instrument: name, .. } => *name == instrument.name,
        Topic::Trades { scope, .. } => scope.covers(instrument),
        Topic::Index { index } => *index == instrument.index(),
        _ => false,
    }
}
