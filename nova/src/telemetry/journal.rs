//! Everything that happened in a client, for the expectations of tests: each goes on reading where the last one has stopped.
//!
//! A listener that is made when something is expected would come too late for what has happened already; this one is there from
//! the client's start.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::Event;
use crate::time::Instant;

/// Entries kept; the oldest go first.
const KEPT: usize = 8_192;

/// Something that happened, and when.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) event: Event,
}

/// What happened in a client, and how far its tests have read.
#[derive(Debug)]
pub(crate) struct Journal {
    book: Mutex<Book>,
    news: Notify,
}

#[derive(Debug)]
struct Book {
    start: Instant,
    entries: VecDeque<Entry>,
    /// Entries that expectations have read.
    read: usize,
    /// Lines read in the transcript of each witness.
    lines: BTreeMap<usize, usize>,
}

impl Journal {
    pub(super) fn new() -> Self {
        let book = Book { start: Instant::now(), entries: VecDeque::new(), read: 0, lines: BTreeMap::new() };
        Self { book: Mutex::new(book), news: Notify::new() }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, event: Event) {
        let mut book = self.book();
        if book.entries.len() == KEPT {
            book.entries.pop_front();
            book.read = book.read.saturating_sub(1);
        }
        book.entries.push_back(Entry { at: Instant::now(), event });
        drop(book);
        self.news.notify_waiters();
    }

    /// When the client was made.
    pub(crate) fn start(&self) -> Instant {
        self.book().start
    }

    /// Waits until `find` finds something in what is unread: what, and behind how many entries reading goes on.
    ///
    /// # Cancel safety
    /// Nothing is read where the future is dropped.
    pub(crate) async fn find<T>(&self, mut find: impl FnMut(&[Entry]) -> Option<(usize, T)>) -> T {
        loop {
            // Before looking: it hears of everything from here on.
            let news = self.news.notified();
            {
                let mut book = self.book();
                let read = book.read;
                if let Some((behind, found)) = find(&book.entries.make_contiguous()[read..]) {
                    book.read += behind;
                    return found;
                }
            }
            news.await;
        }
    }

    /// The last entries that were read, and all that were not.
    pub(crate) fn around(&self, before: usize) -> (Vec<Entry>, Vec<Entry>) {
        let book = self.book();
        let entries = |from: usize, to: usize| book.entries.range(from..to).cloned().collect();
        (entries(book.read.saturating_sub(before), book.read), entries(book.read, book.entries.len()))
    }

    /// How many lines of this witness were read.
    pub(crate) fn lines_read(&self, witness: usize) -> usize {
        self.book().lines.get(&witness).copied().unwrap_or_default()
    }

    pub(crate) fn read_lines(&self, witness: usize, lines: usize) {
        self.book().lines.insert(witness, lines);
    }
}
