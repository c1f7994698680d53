//! One order book: two sides of price levels, and the difference between two moments of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{instrument::Instrument, random::Random};

/// Levels kept on each side.
const DEPTH: i32 = 12;

type Side = BTreeMap<i32, u32>;

/// Lots at each price step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ladder {
    pub(super) bids: Side,
    pub(super) asks: Side,
}

impl Ladder {
    /// Moves the middle to `mid`. At least one level differs afterwards.
    pub(super) fn shift(&mut self, mid: i32, random: &mut Random) {
        self.bids.retain(|price, _| *price < mid && *price > mid - 2 * DEPTH);
        self.asks.retain(|price, _| *price > mid && *price < mid + 2 * DEPTH);
        for step in 1..=DEPTH {
            self.bids.entry(mid - step).or_insert_with(|| 1 + random.below(100));
            self.asks.entry(mid + step).or_insert_with(|| 1 + random.below(100));
        }
        let touched = mid - 1 - random.below(3).cast_signed();
        self.bids.entry(touched).and_modify(|lots| *lots = 1 + (*lots + random.below(99)) % 100);
    }

    pub(super) fn best_bid(&self) -> (i32, u32) {
        self.bids.last_key_value().map_or((0, 0), |(price, lots)| (*price, *lots))
    }

    pub(super) fn best_ask(&self) -> (i32, u32) {
        self.asks.first_key_value().map_or((0, 0), |(price, lots)| (*price, *lots))
    }

    /// All levels as `[action, price, amount]`, best first.
    pub(super) fn levels(&self, of: &Instrument) -> (Vec<Value>, Vec<Value>) {
        self.since(&Self::default(), of)
    }

    /// The levels that differ from `old`, best first.
    pub(super) fn since(&self, old: &Self, of: &Instrument) -> (Vec<Value>, Vec<Value>) {
        let mut bids = changes(&old.bids, &self.bids, of);
        bids.reverse();
        (bids, changes(&old.asks, &self.asks, of))
    }

    /// The best `depth` levels as `[price, amount]`.
    pub(super) fn top(&self, depth: usize, of: &Instrument) -> (Vec<Value>, Vec<Value>) {
        let pair = |(price, lots): (&i32, &u32)| json!([of.price(*price), of.amount(*lots)]);
        (self.bids.iter().rev().take(depth).map(pair).collect(), self.asks.iter().take(depth).map(pair).collect())
    }
}

fn changes(old: &Side, new: &Side, of: &Instrument) -> Vec<Value> {
    let mut prices: Vec<i32> = old.keys().chain(new.keys()).copied().collect();
    prices.sort_unstable();
    prices.dedup();
    let level = |action, price, lots| json!([action, of.price(price), of.amount(lots)]);
    let change = |price: i32| match (old.get(&price), new.get(&price)) {
        (None, Some(lots)) => Some(level("new", price, *lots)),
        (Some(_), None) => Some(level("delete", price, 0)),
        (Some(before), Some(after)) if before != after => Some(level("change", price, *after)),
        _ => None,
    };
    prices.into_iter().filter_map(change).collect()
}
