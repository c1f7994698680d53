//! Order books: whether a change follows the one before it.
//!
//! Change ids are not consecutive; only the chain counts. Behind a break nothing follows until a snapshot starts the book anew.

use std::collections::HashMap;

use crate::platform::{
    Continuity,
    scan::{Members, ScanError, unquote},
};

/// The last change of each book; `None` for one that waits for a snapshot.
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<Box<str>, Option<u64>>);

/// The numbers of a message of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Snapshot { id: u64 },
    Update { previous: u64, id: u64 },
}

/// Whether the channel's messages are chained: `book.{instrument}.{interval}`. Grouped books (five parts) replace themselves.
pub(super) fn is_chained(channel: &str) -> bool {
    channel.starts_with("book.") && channel.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl Chains {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The book is left: what still comes of it follows nothing.
    pub(super) fn leave(&mut self, channel: &str) {
        if let Some(last) = self.0.get_mut(channel) {
            *last = None;
        }
    }

    pub(super) fn follow(&mut self, channel: &str, change: Change) -> Continuity {
        let Some(last) = self.0.get_mut(channel) else {
            let (id, continuity) = match change {
                Change::Snapshot { id } => (Some(id), Continuity::Restarts),
                // The snapshot before it could not be read, or never came: waiting in silence would be for ever.
                Change::Update { previous, .. } => (None, Continuity::Hole { expected: 0, found: previous }),
            };
            self.0.insert(channel.into(), id);
            return continuity;
        };
        match (change, *last) {
            (Change::Snapshot { id }, _) => {
                *last = Some(id);
                Continuity::Restarts
            }
            (Change::Update { .. }, None) => Continuity::Stale,
            (Change::Update { id, .. }, Some(expected)) if id == expected => Continuity::Stale,
            (Change::Update { previous, id }, Some(expected)) if previous == expected && id > expected => {
                *last = Some(id);
                Continuity::Follows
            }
            (Change::Update { previous, id }, Some(expected)) => {
                *last = None;
                Continuity::Hole { expected, found: if previous == expected { id } else { previous } }
            }
        }
    }
}

impl Change {
    /// Reads the numbers of the payload that starts at byte `at`, and stops when it has them: before the levels.
    pub(super) fn read(text: &str, at: usize) -> Result<Self, ScanError> {
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
            match (snapshot, previous, id) {
                (Some(true), _, Some(id)) => return Ok(Self::Snapshot { id }),
                (Some(false), Some(previous), Some(id)) => return Ok(Self::Update { previous, id }),
                _ => {}
            }
        }
        match (snapshot, previous, id) {
            // Older feeds have no type.
            (None, None, Some(id)) => Ok(Self::Snapshot { id }),
            (None, Some(previous), Some(id)) => Ok(Self::Update { previous, id }),
            (_, _, None) => Err(ScanError { at: members.offset(), expected: "a `change_id` before the end" }),
            _ => Err(ScanError { at: members.offset(), expected: "a `prev_change_id` before the end" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_in_any_order_and_levels_never() {
        let update = Ok(Change::Update { previous: 1, id: 5 });
        for (text, expected) in [
            (r#"{"type":"snapshot","change_id":5,"bids":[[["#, Ok(Change::Snapshot { id: 5 })),
            (r#"{"type":"change","prev_change_id":1,"instrument_name":"x","change_id":5,"bids":[["#, update),
            (r#"{"bids":[],"change_id":5,"prev_change_id":1,"type":"change"}"#, update),
            (r#"{"change_id":5,"bids":[]}"#, Ok(Change::Snapshot { id: 5 })),
            (r#"{"change_id":5,"prev_change_id":null}"#, Ok(Change::Snapshot { id: 5 })),
            (r#"{"change_id":5,"prev_change_id":1}"#, update),
            (r#"{"type":"change","change_id":5}"#, Err("a `prev_change_id` before the end")),
            (r#"{"type":"change","prev_change_id":1}"#, Err("a `change_id` before the end")),
            (r#"{"change_id":NaN}"#, Err("a change's whole number")),
            (r#"{"change_id":-1}"#, Err("a change's whole number")),
            (r#"{"change_id":1e400}"#, Err("a change's whole number")),
            (r#"{"change_id":"5"}"#, Err("a change's whole number")),
            ("[]", Err("an object")),
        ] {
            assert_eq!(Change::read(text, 0).map_err(|error| error.expected), expected, "{text}");
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

    #[test]
    fn r74_a_book_is_followed_by_its_chain() {
        use Continuity::{Follows, Hole, Restarts, Stale};
        let snapshot = |id| Change::Snapshot { id };
        let update = |previous, id| Change::Update { previous, id };
        let mut chains = Chains::default();
        for (step, (change, expected)) in [
            (update(1, 2), Hole { expected: 0, found: 1 }),
            (update(2, 3), Stale),
            (snapshot(5001), Restarts),
            (update(5001, 5007), Follows),
            (update(5001, 5007), Stale),
            (update(5007, 5008), Follows),
            (update(5009, 5010), Hole { expected: 5008, found: 5009 }),
            (update(5008, 5009), Stale),
            (update(5010, 5011), Stale),
            (snapshot(4000), Restarts),
            (update(4000, 4001), Follows),
            (update(4001, 3999), Hole { expected: 4001, found: 3999 }),
            (snapshot(10), Restarts),
            (snapshot(10), Restarts),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(chains.follow("a", change), expected, "step {step}");
        }
        chains.leave("a");
        assert_eq!(chains.follow("a", update(10, 11)), Stale, "of the subscription before");
        chains.clear();
        assert_eq!(chains.follow("a", update(10, 11)), Hole { expected: 0, found: 10 }, "on a new connection");
    }

    proptest! {
        /// Whatever is lost, repeated or swapped: what is delivered is a chain from a snapshot on.
        #[test]
        fn r74_no_change_is_ever_delivered_over_a_gap(
            steps in prop::collection::vec((0_u64..12, 0_u64..12, prop::bool::weighted(0.2)), 0..60),
        ) {
            let (mut chains, mut book, mut holes, mut snapshots) = (Chains::default(), None, 0, 0);
            for (previous, id, snapshot) in steps {
                let change = if snapshot { Change::Snapshot { id } } else { Change::Update { previous, id } };
                match chains.follow("x", change) {
                    Continuity::Restarts => {
                        prop_assert!(snapshot);
                        snapshots += 1;
                        book = Some(id);
                    }
                    Continuity::Follows | Continuity::Resumes => {
                        prop_assert_eq!(book, Some(previous));
                        prop_assert!(id > previous);
                        book = Some(id);
                    }
                    Continuity::Hole { .. } => {
                        holes += 1;
                        book = None;
                    }
                    Continuity::Stale => prop_assert!(book.is_none() || book == Some(id)),
                }
                prop_assert!(holes <= snapshots + 1);
            }
        }
    }
}
