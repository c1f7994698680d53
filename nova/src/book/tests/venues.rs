//! What venues do to a book: levels that come and go, snapshots beside the stream, checksums, restarts, and what breaks it.

use super::*;

/// A book with one bid and one ask, at number 10.
fn live(rule: Rule) -> OrderBook {
    let mut book = OrderBook::new(rule);
    let snapshot = told(Numbers::snapshot(10), &[("99.5", "1"), ("99", "4")], &[("100.5", "2"), ("101", "3")]);
    assert_eq!(book.apply(&snapshot), Ok(Applied::Snapshot));
    book
}

#[test]
fn levels_are_set_and_deleted_by_what_their_price_means() {
    let mut book = live(Rule::Increment);
    let changes =
        told(Numbers::change(11), &[("99.50", "0"), ("98", "0"), ("99.0", "7")], &[("100.50", "2.5"), ("1e2", "1")]);
    assert_eq!(book.apply(&changes), Ok(Applied::Change));
    assert_eq!(top(&book).as_deref(), Some("7 at 99.0 / 1 at 100"));
    assert_eq!(book.top().and_then(|top| top.spread()), Some(decimal("1")));
    let depth = book.depth(2).expect("it is live");
    assert_eq!((depth.bids, depth.asks), (levels(&[("99", "7")]), levels(&[("100", "1"), ("100.5", "2.5")])));
    assert_eq!(book.asks().count(), 3);
}

#[test]
fn a_snapshot_replaces_the_book_at_any_time() {
    let mut book = live(Rule::Increment);
    assert_eq!(book.apply(&told(Numbers::snapshot(3), &[("50", "1")], &[])), Ok(Applied::Snapshot));
    assert_eq!(top(&book).as_deref(), Some("1 at 50 / none"));
    assert_eq!(book.last(), Some(3));
    assert_eq!(book.apply(&told(Numbers::change(4), &[("50", "0")], &[])), Ok(Applied::Change));
    assert_eq!(top(&book).as_deref(), Some("none / none"), "an empty book is a book");
}

#[test]
fn a_gap_is_told_once_and_nothing_is_applied_until_the_snapshot() {
    let mut book = live(Rule::PrevId);
    let change = |at, previous| told(Numbers::change(at).since(previous), &[("99.6", "1")], &[]);
    assert_eq!(book.apply(&change(15, 10)), Ok(Applied::Change));
    assert_eq!(book.apply(&change(15, 10)), Ok(Applied::Ignored), "repeated");
    assert_eq!(book.apply(&change(19, 17)), Err(Fault::Gap { expected: 15, found: 17 }));
    assert_eq!((top(&book), book.depth(1), book.last()), (None, None, None));
    for (at, previous) in [(17, 15), (21, 19), (22, 21)] {
        assert_eq!(book.apply(&change(at, previous)), Ok(Applied::Ignored));
        assert_eq!(book.bids().count() + book.asks().count(), 0);
    }
    assert_eq!(book.apply(&told(Numbers::snapshot(30), &[], &[("7", "1")])), Ok(Applied::Snapshot));
    assert_eq!(top(&book).as_deref(), Some("none / 1 at 7"), "nothing of before is left");
    assert_eq!(OrderBook::new(Rule::PrevId).apply(&change(5, 4)), Err(Fault::Gap { expected: 0, found: 4 }));
}

#[test]
fn a_crossed_or_locked_book_is_a_fault_and_never_shown() {
    for (bid, crossed) in [("100.4", false), ("100.5", true), ("100.50", true), ("200", true)] {
        let mut book = live(Rule::Increment);
        let result = book.apply(&told(Numbers::change(11), &[(bid, "1")], &[]));
        let fault = Fault::Crossed { bid: decimal(bid), ask: decimal("100.5") };
        assert_eq!(result, if crossed { Err(fault) } else { Ok(Applied::Change) }, "{bid}");
        assert_eq!(book.is_live(), !crossed);
        assert_eq!(top(&book).is_none(), crossed);
        let next = book.apply(&told(Numbers::change(12), &[], &[]));
        assert_eq!(next, Ok(if crossed { Applied::Ignored } else { Applied::Change }));
    }
    let snapshot = told(Numbers::snapshot(1), &[("5", "1")], &[("4", "1")]);
    assert!(matches!(OrderBook::new(Rule::Increment).apply(&snapshot), Err(Fault::Crossed { .. })));
}

#[test]
fn an_amount_below_nothing_is_a_fault() {
    let mut book = live(Rule::Increment);
    let (price, amount) = (decimal("99"), decimal("-1"));
    assert_eq!(book.apply(&told(Numbers::change(11), &[("99", "-1")], &[])), Err(Fault::Amount { price, amount }));
    assert!(!book.is_live());
}

/// The sum of all digits that the venue wrote, which is a checksum as venues have them: over the text.
fn digits(book: &OrderBook) -> u32 {
    let text: String = book.bids().chain(book.asks()).map(|level| level.to_string()).collect();
    text.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0') + 1).sum()
}

#[test]
fn the_venues_checksum_is_compared_where_it_gives_one() {
    let snapshot = told(Numbers::snapshot(1), &[("10.50", "1.0")], &[]);
    // 1 0 5 0 and 1 0, each plus one.
    for (checksum, expected) in [
        (None, Ok(Applied::Snapshot)),
        (Some(13), Ok(Applied::Snapshot)),
        (Some(12), Err(Fault::Checksum { expected: 12, found: 13 })),
    ] {
        let mut book = OrderBook::new(Rule::Increment).checked(digits);
        assert_eq!(book.apply(&Told { checksum, ..snapshot.clone() }), expected);
        assert_eq!(book.is_live(), expected.is_ok());
    }
    let mut book = OrderBook::new(Rule::Increment).checked(digits);
    book.apply(&snapshot).expect("a snapshot");
    let rewritten = Told { checksum: Some(12), ..told(Numbers::change(2), &[("10.5", "1")], &[]) };
    let told = book.apply(&rewritten);
    assert_eq!(told, Err(Fault::Checksum { expected: 12, found: 11 }), "the price as it was written last");
}

#[test]
fn a_restart_of_the_venue_starts_the_book_anew() {
    let mut book = live(Rule::IncrementFromOne);
    assert_eq!(book.apply(&told(Numbers::change(1), &[("7", "1")], &[])), Ok(Applied::Snapshot));
    assert_eq!(top(&book).as_deref(), Some("1 at 7 / none"));
    assert_eq!(book.apply(&told(Numbers::change(2), &[], &[("8", "1")])), Ok(Applied::Change));
    assert_eq!(book.apply(&told(Numbers::change(4), &[], &[])), Err(Fault::Gap { expected: 3, found: 4 }));
}

#[test]
fn without_numbers_a_change_still_needs_a_snapshot() {
    let change = told(Numbers::change(0), &[("99.7", "1")], &[]);
    assert!(matches!(OrderBook::new(Rule::Unnumbered).apply(&change), Err(Fault::Gap { .. })));
    let mut book = live(Rule::Unnumbered);
    assert_eq!(book.apply(&change), Ok(Applied::Change));
    assert_eq!(book.apply(&change), Ok(Applied::Change));
}

#[test]
fn what_comes_before_a_snapshot_that_is_loaded_apart_waits_for_it() {
    let mut book = OrderBook::new(Rule::Increment).waiting(3);
    let change = |at: u64| told(Numbers::change(at), &[(&*format!("{at}"), "1")], &[]);
    for at in [4, 5, 6] {
        assert_eq!(book.apply(&change(at)), Ok(Applied::Waiting));
        assert_eq!(top(&book), None);
    }
    assert_eq!(book.apply(&told(Numbers::snapshot(5), &[("1", "1")], &[])), Ok(Applied::Snapshot));
    assert_eq!(book.bids().map(|level| level.price).collect::<Vec<_>>(), [decimal("6"), decimal("1")]);
    assert_eq!(book.apply(&change(7)), Ok(Applied::Change));

    // What shows the hole waits for the next snapshot, which may be older than it.
    assert_eq!(book.apply(&change(9)), Err(Fault::Gap { expected: 8, found: 9 }));
    assert_eq!(book.apply(&change(10)), Ok(Applied::Waiting));
    let early = book.apply(&told(Numbers::snapshot(7), &[], &[]));
    assert_eq!(early, Err(Fault::Gap { expected: 8, found: 9 }), "the snapshot is too old");
    assert_eq!(book.apply(&told(Numbers::snapshot(8), &[], &[])), Ok(Applied::Snapshot));
    assert_eq!((book.last(), top(&book).as_deref()), (Some(10), Some("1 at 10 / none")));
}

#[test]
fn no_more_wait_than_may() {
    let mut book = OrderBook::new(Rule::FirstLast).waiting(2);
    let change = |first: u64, last: u64| told(Numbers::change(last).since(first), &[], &[]);
    assert_eq!(book.apply(&change(1, 2)), Ok(Applied::Waiting));
    assert_eq!(book.apply(&change(3, 4)), Ok(Applied::Waiting));
    assert_eq!(book.apply(&change(5, 6)), Err(Fault::Overflow { most: 2 }));
    assert_eq!(book.apply(&change(7, 8)), Ok(Applied::Waiting));
    assert_eq!(book.apply(&told(Numbers::snapshot(7), &[], &[])), Ok(Applied::Snapshot), "in the middle of an update");
    assert_eq!(book.last(), Some(8));
}

#[test]
fn only_the_best_levels_are_kept_where_the_venue_keeps_no_more() {
    let mut book = OrderBook::new(Rule::Increment).keeping(2);
    let snapshot =
        told(Numbers::snapshot(1), &[("3", "1"), ("1", "1"), ("2", "1")], &[("7", "1"), ("5", "1"), ("6", "1")]);
    book.apply(&snapshot).expect("a snapshot");
    assert_eq!(book.bids().map(|level| level.price).collect::<Vec<_>>(), [decimal("3"), decimal("2")]);
    assert_eq!(book.asks().map(|level| level.price).collect::<Vec<_>>(), [decimal("5"), decimal("6")]);
}
