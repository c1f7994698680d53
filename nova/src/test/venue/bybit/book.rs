//! An order book that moves, and tells its changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::test::venue::random::Random;

/// The deepest side that is told.
const DEEPEST: u32 = 50;

/// Prices in tenths → sizes in thousandths.
type Levels = BTreeMap<i64, u32>;

#[derive(Debug)]
pub(super) struct Book {
    symbol: String,
    depth: u32,
    mid: i64,
    bids: Levels,
    asks: Levels,
    update: u64,
}

/// What changed of both sides; a size of 0 for a level that is gone.
#[derive(Debug, Default)]
pub(super) struct Change {
    bids: Levels,
    asks: Levels,
}

impl Book {
    pub(super) fn new(symbol: &str, depth: u32, random: &mut Random) -> Self {
        let mid = 365_000 + i64::from(random.below(1_000));
        let update = 900_000 + u64::from(random.below(1_000));
        let (bids, asks) = (Levels::new(), Levels::new());
        let mut book = Self { symbol: symbol.to_owned(), depth: depth.min(DEEPEST), mid, bids, asks, update };
        book.step(random);
        book
    }

    /// Moves by a tenth or stays, and changes a size on either side.
    pub(super) fn step(&mut self, random: &mut Random) -> Change {
        self.update += 1;
        self.mid += i64::from(random.below(3)) - 1;
        let depth = i64::from(self.depth);
        let below = self.mid - depth..self.mid;
        let above = self.mid + 1..self.mid + 1 + depth;
        Change { bids: settle(&mut self.bids, &below, random), asks: settle(&mut self.asks, &above, random) }
    }

    /// The service behind it begins anew.
    pub(super) fn restart(&mut self) {
        self.update = 1;
    }

    pub(super) fn snapshot(&self) -> Value {
        self.told(&Change { bids: self.bids.clone(), asks: self.asks.clone() })
    }

    pub(super) fn told(&self, change: &Change) -> Value {
        let level = |(price, size): (&i64, &u32)| json!([decimal(*price, 1), decimal(i64::from(*size), 3)]);
        json!({
            "s": self.symbol, "b": change.bids.iter().rev().map(level).collect::<Vec<_>>(),
            "a": change.asks.iter().map(level).collect::<Vec<_>>(), "u": self.update, "seq": 77_000_000 + 3 * self.update,
        })
    }
}

/// Has a side stand where it should, and changes the size of one level.
fn settle(side: &mut Levels, range: &std::ops::Range<i64>, random: &mut Random) -> Levels {
    let mut change: Levels = side.keys().filter(|price| !range.contains(price)).map(|price| (*price, 0)).collect();
    side.retain(|price, _| range.contains(price));
    for price in range.clone() {
        side.entry(price).or_insert_with(|| {
            let amount = 1 + random.below(9_000);
            change.insert(price, amount);
            amount
        });
    }
    let nth = random.below(u32::try_from(side.len()).unwrap_or(1).max(1)) as usize;
    if let Some((price, amount)) = side.iter_mut().nth(nth) {
        *amount = 1 + random.below(9_000);
        change.insert(*price, *amount);
    }
    change
}

/// A number with so many digits behind the point.
pub(super) fn decimal(number: i64, digits: u32) -> String {
    let unit = 10_i64.pow(digits);
    format!("{}.{:0width$}", number / unit, number % unit, width = digits as usize)
}
