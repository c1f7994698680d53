//! The component as a whole: against a model that knows nothing of rules, and through what venues do to a book.

mod model;
mod venues;

use super::{Applied, Decimal, Fault, Level, Numbers, OrderBook, Rule, Update};

/// An update as a test writes it.
#[derive(Clone, Debug)]
struct Told {
    numbers: Numbers,
    bids: Vec<Level>,
    asks: Vec<Level>,
    checksum: Option<u32>,
}

impl Update for Told {
    fn numbers(&self) -> Numbers {
        self.numbers
    }

    fn bids(&self) -> impl Iterator<Item = Level> {
        self.bids.iter().copied()
    }

    fn asks(&self) -> impl Iterator<Item = Level> {
        self.asks.iter().copied()
    }

    fn checksum(&self) -> Option<u32> {
        self.checksum
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn levels(levels: &[(&str, &str)]) -> Vec<Level> {
    levels.iter().map(|(price, amount)| Level { price: decimal(price), amount: decimal(amount) }).collect()
}

fn told(numbers: Numbers, bids: &[(&str, &str)], asks: &[(&str, &str)]) -> Told {
    Told { numbers, bids: levels(bids), asks: levels(asks), checksum: None }
}

/// The best bid and ask, shown; `None` while the book is not live.
fn top(book: &OrderBook) -> Option<String> {
    book.top().map(|top| top.to_string())
}
