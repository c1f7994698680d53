//! The market: a seeded random walk of every listed instrument, its book and its trades.
//!
//! Only instruments that somebody listens to move. Each pace of a book keeps what it last showed, so that every chain of changes
//! is whole in itself and a late subscriber's snapshot joins it without a seam.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    instrument::{Instrument, Kind},
    ladder::Ladder,
    random::Random,
    topic::Pace,
};
use crate::{Error, Result};

/// Ticks between two updates of a slow channel.
const SLOW: u64 = 10;

#[derive(Debug)]
pub(super) struct Market {
    listed: BTreeMap<String, Quotes>,
    random: Random,
    ticks: u64,
}

/// One instrument's state.
#[derive(Debug)]
pub(super) struct Quotes {
    pub(super) instrument: Instrument,
    mid: i32,
    ladder: Ladder,
    change_id: u64,
    shown: [Shown; 3],
    trade_seq: u64,
    trades: Vec<Value>,
    slow_trades: Vec<Value>,
    slow_due: bool,
    leave_out: bool,
}

/// What the book channels of one pace have shown.
#[derive(Clone, Debug, Default)]
struct Shown {
    ladder: Ladder,
    change_id: u64,
    change: Option<Value>,
}

impl Market {
    pub(super) fn new(names: &[String], seed: u64) -> Result<Self> {
        let mut market = Self { listed: BTreeMap::new(), random: Random::new(seed), ticks: 0 };
        for name in names {
            let instrument = Instrument::parse(name)
                .ok_or_else(|| Error::config("instruments", format!("`{name}` is no name of an instrument")))?;
            market.listed.insert(name.clone(), Quotes::new(instrument, &mut market.random));
        }
        Ok(market)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.listed.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Quotes> {
        self.listed.get(name)
    }

    pub(super) fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.listed.values().map(|quotes| &quotes.instrument)
    }

    pub(super) fn follows(&self, index: &str) -> bool {
        self.instruments().any(|instrument| instrument.index() == index)
    }

    pub(super) fn index_price(&self, index: &str) -> f64 {
        let mut followers = self.listed.values().filter(|quotes| quotes.instrument.index() == index);
        let priced = followers.clone().find(|quotes| quotes.instrument.kind != Kind::Option);
        match priced {
            Some(quotes) => quotes.mark(),
            None => followers.next().map_or(0.0, |quotes| f64::from(quotes.instrument.underlying)),
        }
    }

    /// The next change of this instrument's books is made and not told.
    pub(super) fn leave_out_change(&mut self, name: &str) -> bool {
        self.listed.get_mut(name).map(|quotes| quotes.leave_out = true).is_some()
    }

    /// Moves what is `wanted` by one tick.
    pub(super) fn step(&mut self, wanted: impl Fn(&Instrument) -> bool, now_ms: u64) {
        self.ticks += 1;
        let slow_due = self.ticks.is_multiple_of(SLOW);
        let moving: Vec<String> = self.instruments().filter(|i| wanted(i)).map(|i| i.name.clone()).collect();
        for name in moving {
            let index = self.listed.get(&name).map(|quotes| quotes.instrument.index()).unwrap_or_default();
            let index_price = self.index_price(&index);
            if let Some(quotes) = self.listed.get_mut(&name) {
                quotes.step(&mut self.random, slow_due, now_ms, index_price);
            }
        }
    }
}

impl Quotes {
    fn new(instrument: Instrument, random: &mut Random) -> Self {
        let mut ladder = Ladder::default();
        let mid = instrument.start;
        ladder.shift(mid, random);
        let change_id = 5_000 + u64::from(random.below(1_000_000));
        let trade_seq = 1 + u64::from(random.below(900_000));
        let shown = Shown { ladder: ladder.clone(), change_id, change: None };
        let shown = [shown.clone(), shown.clone(), shown];
        let (trades, slow_trades) = (Vec::new(), Vec::new());
        Self {
            instrument,
            mid,
            ladder,
            change_id,
            shown,
            trade_seq,
            trades,
            slow_trades,
            slow_due: false,
            leave_out: false,
        }
    }

    fn step(&mut self, random: &mut Random, slow_due: bool, now_ms: u64, index_price: f64) {
        let stride = random.below(5).cast_signed() - 2;
        self.mid = (self.mid + stride).max(100);
        self.ladder.shift(self.mid, random);
        self.change_id += 1 + u64::from(random.below(40));
        if self.slow_due {
            self.slow_trades.clear();
        }
        self.slow_due = slow_due;
        self.trades = (0..random.below(3)).map(|_| self.trade(random, now_ms, index_price)).collect();
        self.slow_trades.extend_from_slice(&self.trades);
        let leave_out = std::mem::take(&mut self.leave_out);
        for pace in [Pace::Raw, Pace::Fast, Pace::Slow] {
            let shown = &mut self.shown[pace as usize];
            shown.change = None;
            if pace == Pace::Slow && !slow_due {
                continue;
            }
            let (bids, asks) = self.ladder.since(&shown.ladder, &self.instrument);
            let change = json!({
                "type": "change", "timestamp": now_ms, "instrument_name": self.instrument.name,
                "prev_change_id": shown.change_id, "change_id": self.change_id, "bids": bids, "asks": asks,
            });
            let change = (!leave_out).then_some(change);
            *shown = Shown { ladder: self.ladder.clone(), change_id: self.change_id, change };
        }
    }

    fn trade(&mut self, random: &mut Random, now_ms: u64, index_price: f64) -> Value {
        self.trade_seq += 1;
        let buy = random.below(2) == 0;
        let (price, _) = if buy { self.ladder.best_ask() } else { self.ladder.best_bid() };
        let lots = 1 + random.below(20);
        let mut trade = json!({
            "trade_seq": self.trade_seq, "trade_id": (100_000 + self.trade_seq).to_string(), "timestamp": now_ms,
            "tick_direction": random.below(4), "price": self.instrument.price(price), "mark_price": self.mark(),
            "instrument_name": self.instrument.name, "index_price": index_price,
            "direction": if buy { "buy" } else { "sell" }, "amount": self.instrument.amount(lots),
        });
        match self.instrument.kind {
            Kind::Option => trade["iv"] = 60.0.into(),
            Kind::Perpetual | Kind::Future => trade["contracts"] = f64::from(lots).into(),
            Kind::Spot => {}
        }
        trade
    }

    pub(super) fn mark(&self) -> f64 {
        self.instrument.price(self.mid)
    }

    pub(super) fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    pub(super) fn change_id(&self) -> u64 {
        self.change_id
    }

    /// The book as subscribers of this pace have it.
    pub(super) fn snapshot(&self, pace: Pace, now_ms: u64) -> Value {
        let shown = &self.shown[pace as usize];
        let (bids, asks) = shown.ladder.levels(&self.instrument);
        json!({
            "type": "snapshot", "timestamp": now_ms, "instrument_name": self.instrument.name,
            "change_id": shown.change_id, "bids": bids, "asks": asks,
        })
    }

    /// This tick's change of the book, if there is one to tell.
    pub(super) fn change(&self, pace: Pace) -> Option<&Value> {
        self.shown[pace as usize].change.as_ref()
    }

    /// This tick's trades.
    pub(super) fn trades(&self, pace: Pace) -> &[Value] {
        match pace {
            Pace::Slow if self.slow_due => &self.slow_trades,
            Pace::Slow => &[],
            Pace::Raw | Pace::Fast => &self.trades,
        }
    }

    /// Whether a channel of this pace speaks at this tick.
    pub(super) fn due(&self, pace: Pace) -> bool {
        pace != Pace::Slow || self.slow_due
    }
}
