//! A bounded queue of items for consumers: the client's own, and one for each `stream(topic)`.
//!
//! Bounded in messages and bytes. What goes when it is full is decided by the client; what went is told in-band, at the place where
//! it is missing.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use super::{Fill, lock};
use crate::{
    config::{Config, Overflow},
    message::{Dropped, Item},
    verdict::{Pressure, QueueView},
};

/// Words of gaps and drops kept beside the messages.
const MAX_WORDS: usize = 1_024;

/// A bounded queue of items.
pub(crate) struct Inbox<M> {
    inner: Mutex<Inner<M>>,
    arrived: Notify,
    /// There is something to tell of its fill: read without the lock, because it is asked after each message.
    news: AtomicBool,
}

struct Inner<M> {
    items: VecDeque<(Item<M>, usize)>,
    bytes: usize,
    max_items: usize,
    max_bytes: usize,
    fill: Fill,
    /// Dropped at the front, not told yet.
    dropped_front: u64,
    /// Dropped at the back, not told yet.
    dropped_back: u64,
    open: bool,
    ended: bool,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Nobody listens.
    Unwanted,
    /// It waits for the consumer.
    Queued,
    /// It waits, and this many others were dropped for it.
    Dropped(u64),
}

impl<M> Inbox<M> {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                bytes: 0,
                max_items: usize::try_from(config.backpressure.buffer).unwrap_or(usize::MAX),
                max_bytes: config.backpressure.bytes,
                fill: Fill::new(config),
                dropped_front: 0,
                dropped_back: 0,
                open: false,
                ended: false,
            }),
            arrived: Notify::new(),
            news: AtomicBool::new(false),
        }
    }

    /// Takes over other bounds and marks. What is over a smaller bound already stays until it is taken or the next push finds it there.
    pub(crate) fn configure(&self, config: &Config) {
        let mut inner = lock(&self.inner);
        inner.max_items = usize::try_from(config.backpressure.buffer).unwrap_or(usize::MAX);
        inner.max_bytes = config.backpressure.bytes;
        inner.fill.configure(config);
        self.note(&mut inner, 0);
    }

    /// Starts to take items. Before that there is nobody to keep them for.
    pub(crate) fn open(&self) {
        lock(&self.inner).open = true;
    }

    /// Nothing comes any more; what waits can still be taken.
    pub(crate) fn end(&self) {
        lock(&self.inner).ended = true;
        self.arrived.notify_waiters();
        self.arrived.notify_one();
    }

    /// Whether the consumer is so far behind that one more message has no room.
    pub(crate) fn is_full(&self) -> bool {
        let inner = lock(&self.inner);
        inner.open && !inner.ended && inner.is_full(0)
    }

    fn note(&self, inner: &mut Inner<M>, dropped: u64) {
        let view = inner.view();
        inner.fill.note(&view, dropped);
        self.news.store(inner.fill.has_news(), Ordering::Relaxed);
    }

    /// Whether there is something to tell of its fill.
    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Ordering::Relaxed)
    }

    /// What is to be told of its fill, once.
    pub(crate) fn news(&self) -> impl Iterator<Item = Pressure> + use<M> {
        let mut inner = lock(&self.inner);
        self.news.store(false, Ordering::Relaxed);
        let view = inner.view();
        inner.fill.news(view)
    }

    /// Puts an item in. `overflow` is asked when it is full.
    pub(crate) fn push(&self, item: Item<M>, bytes: usize, overflow: impl FnOnce(&QueueView) -> Overflow) -> Delivered {
        let mut inner = lock(&self.inner);
        if !inner.open || inner.ended {
            return Delivered::Unwanted;
        }
        let mut dropped = 0;
        // What is told in-band is never dropped itself: losing the word of a loss would make it silent.
        if inner.is_full(bytes) && matches!(item, Item::Message(_) | Item::Undecodable(..)) {
            match overflow(&inner.view()) {
                Overflow::DropNew => {
                    inner.dropped_back += 1;
                    self.note(&mut inner, 1);
                    return Delivered::Dropped(1);
                }
                // Reading rests from here on: one too many is none lost.
                Overflow::Block => {}
                _ => {
                    while inner.is_full(bytes) && inner.drop_oldest() {
                        dropped += 1;
                    }
                }
            }
        }
        inner.tell_back();
        if inner.items.len() >= inner.max_items.saturating_add(MAX_WORDS) {
            // Nobody takes anything, and even the words of what is missing have become too many.
            inner.drop_front();
        }
        inner.bytes += bytes;
        inner.items.push_back((item, bytes));
        self.note(&mut inner, dropped);
        drop(inner);
        self.arrived.notify_one();
        if dropped > 0 { Delivered::Dropped(dropped) } else { Delivered::Queued }
    }

    /// The next item, or `None` when nothing comes any more.
    ///
    /// Cancel safe: an item is taken and returned in one step.
    pub(crate) async fn next(&self) -> Option<Item<M>> {
        loop {
            let arrived = self.arrived.notified();
            match self.take() {
                Taken::Item(item) => return Some(item),
                Taken::Ended => return None,
                Taken::Empty => arrived.await,
            }
        }
    }

    fn take(&self) -> Taken<M> {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        if inner.dropped_front > 0 {
            let dropped = std::mem::take(&mut inner.dropped_front);
            return Taken::Item(Item::Dropped(Dropped::new(dropped)));
        }
        if let Some((item, bytes)) = inner.items.pop_front() {
            inner.bytes -= bytes;
            self.note(inner, 0);
            if !inner.items.is_empty() || inner.ended {
                // Another consumer may be waiting for the next one.
                self.arrived.notify_one();
            }
            return Taken::Item(item);
        }
        if inner.dropped_back > 0 {
            return Taken::Item(Item::Dropped(Dropped::new(std::mem::take(&mut inner.dropped_back))));
        }
        if inner.ended {
            self.arrived.notify_one();
            return Taken::Ended;
        }
        Taken::Empty
    }
}

enum Taken<M> {
    Item(Item<M>),
    Empty,
    Ended,
}

impl<M> Inner<M> {
    fn view(&self) -> QueueView {
        QueueView { items: self.items.len(), bytes: self.bytes, max_items: self.max_items, max_bytes: self.max_bytes }
    }

    fn is_full(&self, bytes: usize) -> bool {
        self.items.len() >= self.max_items || (self.bytes + bytes > self.max_bytes && !self.items.is_empty())
    }

    /// Drops the oldest message; what was told in-band before it stays.
    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) =
            self.items.iter().position(|(item, _)| matches!(item, Item::Message(_) | Item::Undecodable(..)))
        else {
            return false;
        };
        let Some((_, bytes)) = self.items.remove(oldest) else { return false };
        self.bytes -= bytes;
        if oldest == 0 {
            self.dropped_front += 1;
        } else if let Some((Item::Dropped(dropped), _)) = self.items.get_mut(oldest - 1) {
            dropped.messages += 1;
        } else {
            self.items.insert(oldest, (Item::Dropped(Dropped::new(1)), 0));
        }
        true
    }

    /// Drops whatever is first.
    fn drop_front(&mut self) {
        if let Some((item, bytes)) = self.items.pop_front() {
            self.bytes -= bytes;
            self.dropped_front += if let Item::Dropped(dropped) = item { dropped.messages } else { 1 };
        }
    }

    /// Puts the word of what was dropped at the back where it belongs: before the next item.
    fn tell_back(&mut self) {
        let dropped = std::mem::take(&mut self.dropped_back);
        if dropped > 0 {
            self.items.push_back((Item::Dropped(Dropped::new(dropped)), 0));
        }
    }
}
