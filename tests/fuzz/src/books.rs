//! Books under whatever a venue sends.

use nova::book::{Books, Update};

/// Applies an update.
///
/// # Panics
/// Where a book that is shown is out of order, or crossed.
pub fn follow(books: &mut Books, topic: &str, update: &impl Update) {
    if let Err(fault) = books.apply(topic, update) {
        let _ = format!("{fault} {fault:?}");
    }
    let Some(book) = books.get(topic) else { return };
    let (bids, asks): (Vec<_>, Vec<_>) = (book.bids().collect(), book.asks().collect());
    assert!(bids.is_sorted_by(|one, next| one.price > next.price), "{bids:?}");
    assert!(asks.is_sorted_by(|one, next| one.price < next.price), "{asks:?}");
    let crossed = bids.first().zip(asks.first()).is_some_and(|(bid, ask)| bid.price >= ask.price);
    assert!(!crossed, "crossed in silence: {bids:?} {asks:?}");
    let _ = book.top().map(|top| format!("{top} {:?}", top.spread()));
}
