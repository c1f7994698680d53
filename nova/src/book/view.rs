//! What one sees of a book: its top, and its best levels, copied out so that they can leave the task that keeps it.

use std::fmt;

use super::{Decimal, Level};

/// The best bid and ask of a book; a side is `None` where nobody offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Top {
    /// The best bid.
    pub bid: Option<Level>,
    /// The best ask.
    pub ask: Option<Level>,
}

impl Top {
    pub(super) fn new(bid: Option<Level>, ask: Option<Level>) -> Self {
        Self { bid, ask }
    }

    /// From the best bid to the best ask, exactly.
    pub fn spread(&self) -> Option<Decimal> {
        Some(self.ask?.price.minus(self.bid?.price))
    }
}

/// The best levels of a book, each side from the best on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Depth {
    /// The bids, the highest first.
    pub bids: Vec<Level>,
    /// The asks, the lowest first.
    pub asks: Vec<Level>,
}

impl Depth {
    pub(super) fn new(bids: impl Iterator<Item = Level>, asks: impl Iterator<Item = Level>) -> Self {
        Self { bids: bids.collect(), asks: asks.collect() }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.amount, self.price)
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |level: Option<Level>| level.map_or_else(|| "none".to_owned(), |level| level.to_string());
        write!(f, "{} / {}", side(self.bid), side(self.ask))
    }
}
