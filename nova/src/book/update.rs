//! What a message changes of a book, and what became of it.

use serde::Deserialize;

use super::Decimal;
use crate::sequence::Numbers;

/// A price, and what is there. In JSON it is a pair: `["36500.5", "10"]`, or of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "(Decimal, Decimal)")]
pub struct Level {
    /// The price.
    pub price: Decimal,
    /// What is there now, not the difference. In an update, 0 where the level goes.
    pub amount: Decimal,
}

impl From<(Decimal, Decimal)> for Level {
    fn from((price, amount): (Decimal, Decimal)) -> Self {
        Self { price, amount }
    }
}

/// A message of a book: the whole of it, or what changed. Payload types of venues implement it; so do yours.
///
/// ```
/// use nova::book::{Level, Numbers, OrderBook, Rule, Update};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Change {
///     full: bool,
///     seq: u64,
///     bids: Vec<Level>,
///     asks: Vec<Level>,
/// }
///
/// impl Update for Change {
///     fn numbers(&self) -> Numbers {
///         if self.full { Numbers::snapshot(self.seq) } else { Numbers::change(self.seq) }
///     }
///
///     fn bids(&self) -> impl Iterator<Item = Level> {
///         self.bids.iter().copied()
///     }
///
///     fn asks(&self) -> impl Iterator<Item = Level> {
///         self.asks.iter().copied()
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut book = OrderBook::new(Rule::Increment);
/// for text in [
///     r#"{"full":true,"seq":7,"bids":[["100.5","2"],["100.0","1"]],"asks":[["101.0","3"]]}"#,
///     r#"{"full":false,"seq":8,"bids":[["100.5","0"]],"asks":[]}"#,
/// ] {
///     book.apply(&serde_json::from_str::<Change>(text)?)?;
/// }
/// assert_eq!(book.top().expect("it is live").to_string(), "1 at 100.0 / 3 at 101.0");
/// # Ok(()) }
/// ```
pub trait Update {
    /// Whether it is a snapshot, and its numbers by the book's [`Rule`](super::Rule).
    fn numbers(&self) -> Numbers;

    /// The bids it says something about, in any order.
    fn bids(&self) -> impl Iterator<Item = Level>;

    /// The asks it says something about, in any order.
    fn asks(&self) -> impl Iterator<Item = Level>;

    /// The venue's checksum of the book behind it, where it gives one.
    fn checksum(&self) -> Option<u32> {
        None
    }
}

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applied {
    /// It is the book now.
    Snapshot,
    /// It changed the book.
    Change,
    /// It waits for the snapshot.
    Waiting,
    /// It was there already, or nothing follows until a snapshot comes.
    Ignored,
}

/// An update that waits for the snapshot.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    numbers: Numbers,
    bids: Vec<Level>,
    asks: Vec<Level>,
    checksum: Option<u32>,
}

impl Kept {
    pub(super) fn of(update: &impl Update) -> Self {
        Self {
            numbers: update.numbers(),
            bids: update.bids().collect(),
            asks: update.asks().collect(),
            checksum: update.checksum(),
        }
    }
}

impl Update for Kept {
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
