//! Order books: their payloads, and the numbers that say whether a change follows the one before it.
//!
//! Change ids are not consecutive; only the chain counts. Behind a break nothing follows until a snapshot starts the book anew. The
//! engine reads the numbers alone, before anybody has decoded the levels; [`Book`] says the same of itself to an order book.

use serde::Deserialize;

use crate::{
    book::{self, Decimal, Update},
    platform::scan::{Members, ScanError, unquote},
    sequence::Numbers,
};

/// A payload of `book.{instrument}.{interval}`: the whole book, or what changed of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Book {
    /// The instrument.
    pub instrument_name: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// Whether it replaces the book; absent in older feeds, where a message without [`prev_change_id`](Self::prev_change_id) does.
    #[serde(rename = "type")]
    pub kind: Option<BookKind>,
    /// The change before this one. nova has checked it.
    pub prev_change_id: Option<u64>,
    /// This change.
    pub change_id: u64,
    /// Bids.
    pub bids: Vec<Level>,
    /// Asks.
    pub asks: Vec<Level>,
}

/// Whether a message of a book replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookKind {
    /// It does.
    Snapshot,
    /// It changes some levels.
    Change,
}

/// A level of a book.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "(Action, Decimal, Decimal)")]
#[non_exhaustive]
pub struct Level {
    /// What becomes of it.
    pub action: Action,
    /// Its price.
    pub price: Decimal,
    /// What is there now, not the difference; 0 for one that goes.
    pub amount: Decimal,
}

/// What becomes of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It appears, or is set anew if it is there already.
    New,
    /// Its amount is set.
    Change,
    /// It goes, if it is there.
    Delete,
}

impl From<(Action, Decimal, Decimal)> for Level {
    fn from((action, price, amount): (Action, Decimal, Decimal)) -> Self {
        Self { action, price, amount }
    }
}

impl Level {
    fn told(&self) -> book::Level {
        let amount = if self.action == Action::Delete { Decimal::ZERO } else { self.amount };
        book::Level { price: self.price, amount }
    }
}

impl Update for Book {
    fn numbers(&self) -> Numbers {
        let snapshot = self.kind.map(|kind| kind == BookKind::Snapshot);
        // A change that names none before it follows nothing.
        numbers(snapshot, self.prev_change_id, self.change_id)
            .unwrap_or(Numbers::change(self.change_id).since(self.change_id))
    }

    fn bids(&self) -> impl Iterator<Item = book::Level> {
        self.bids.iter().map(Level::told)
    }

    fn asks(&self) -> impl Iterator<Item = book::Level> {
        self.asks.iter().map(Level::told)
    }
}

/// A payload of `book.{instrument}.{group}.{depth}.{interval}`, and what `public/get_order_book` answers: the best levels.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct GroupedBook {
    /// The instrument.
    pub instrument_name: String,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// The last change that is in it.
    pub change_id: u64,
    /// Bids, the highest first.
    pub bids: Vec<book::Level>,
    /// Asks, the lowest first.
    pub asks: Vec<book::Level>,
}

impl Update for GroupedBook {
    fn numbers(&self) -> Numbers {
        Numbers::snapshot(self.change_id)
    }

    fn bids(&self) -> impl Iterator<Item = book::Level> {
        self.bids.iter().copied()
    }

    fn asks(&self) -> impl Iterator<Item = book::Level> {
        self.asks.iter().copied()
    }
}

/// Whether the channel's messages are chained: `book.{instrument}.{interval}`. Grouped books (five parts) replace themselves.
pub(super) fn is_chained(channel: &str) -> bool {
    channel.starts_with("book.") && channel.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// The numbers of a message, by what its payload says of itself. Older feeds have no type: there one without a change before it is a
/// snapshot.
pub(super) fn numbers(snapshot: Option<bool>, previous: Option<u64>, id: u64) -> Option<Numbers> {
    match (snapshot, previous) {
        (Some(true), _) | (None, None) => Some(Numbers::snapshot(id)),
        (_, Some(previous)) => Some(Numbers::change(id).since(previous)),
        (Some(false), None) => None,
    }
}

/// Reads the numbers of the payload that starts at byte `at`, and stops when it has them: before the levels.
pub(super) fn read(text: &str, at: usize) -> Result<Numbers, ScanError> {
    let mut members = Members::at(text, at)?;
    let (mut snapshot, mut previous, mut id) = (None, None, None);
    while let Some(key) = members.key()? {
        let at = members.offset();
        let number =
            |value: &str| value.parse::<u64>().map_err(|_| ScanError { at, expected: "a change's whole number" });
        match &*key {
            "type" => snapshot = Some(unquote(members.value()?).is_some_and(|kind| kind == "snapshot")),
            "change_id" => id = Some(number(members.value()?)?),
            "prev_change_id" => {
                let value = members.value()?;
                previous = if value == "null" { None } else { Some(number(value)?) };
            }
            _ => {}
        }
        if let (Some(_), Some(id)) = (snapshot, id)
            && let Some(numbers) = numbers(snapshot, previous, id)
        {
            return Ok(numbers);
        }
    }
    let missing = |expected| ScanError { at: members.offset(), expected };
    let id = id.ok_or_else(|| missing("a `change_id` before the end"))?;
    numbers(snapshot, previous, id).ok_or_else(|| missing("a `prev_change_id` before the end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_any_order_and_levels_never() {
        let (snapshot, update) = (Ok(Numbers::snapshot(5)), Ok(Numbers::change(5).since(1)));
        for (text, expected) in [
            (r#"{"type":"snapshot","change_id":5,"bids":[[["#, snapshot),
            (r#"{"type":"change","prev_change_id":1,"instrument_name":"x","change_id":5,"bids":[["#, update),
            (r#"{"bids":[],"change_id":5,"prev_change_id":1,"type":"change"}"#, update),
            (r#"{"change_id":5,"bids":[]}"#, snapshot),
            (r#"{"change_id":5,"prev_change_id":null}"#, snapshot),
            (r#"{"change_id":5,"prev_change_id":1}"#, update),
            (r#"{"type":"change","change_id":5}"#, Err("a `prev_change_id` before the end")),
            (r#"{"type":"change","prev_change_id":1}"#, Err("a `change_id` before the end")),
            (r#"{"change_id":NaN}"#, Err("a change's whole number")),
            (r#"{"change_id":-1}"#, Err("a change's whole number")),
            (r#"{"change_id":1e400}"#, Err("a change's whole number")),
            (r#"{"change_id":"5"}"#, Err("a change's whole number")),
            ("[]", Err("an object")),
        ] {
            assert_eq!(read(text, 0).map_err(|error| error.expected), expected, "{text}");
        }
    }

    #[test]
    fn only_books_with_changes_are_chained() {
        for channel in ["book.BTC-PERPETUAL.raw", "book.BTC_USDC-PERPETUAL.100ms", "book.X.agg2"] {
            assert!(is_chained(channel), "{channel}");
        }
        for channel in ["book.BTC-PERPETUAL.none.10.100ms", "ticker.X.raw", "book", "books.X.raw"] {
            assert!(!is_chained(channel), "{channel}");
        }
    }
}
