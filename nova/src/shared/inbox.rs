//! A bounded queue of items for consumers: the client's own, and one for each `stream(topic)`.
//!
//! Bounded in messages and bytes. What goes when it is full is decided by the client; what went is told in-band, at the place where
//! it is missing. A consumer that pauses it gets nothing until it resumes; what comes meanwhile waits within the same bounds.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

use super::{Backlog, Waits, Weight, lock};
use crate::{
    config::{Config, Overflow},
    message::{Dropped, Item},
    verdict::{Pressure, QueueView},
};

/// Words of gaps and drops kept beside the messages.
const MAX_WORDS: usize = 2_048;

/// A bounded queue of items.
pub(crate) struct Inbox<M> {
    inner: Mutex<Inner<M>>,
    arrived: Notify,
    /// There is something to tell of its fill: read without the lock, because it is asked after each message.
    news: AtomicBool,
    throttled: AtomicBool,
}

struct Inner<M> {
    items: Backlog<Item<M>>,
    open: bool,
    ended: bool,
    paused: Paused,
}

/// Who has paused a queue.
#[derive(Clone, Copy, Debug, Default)]
struct Paused {
    own: bool,
    client: bool,
}

/// Whose pause it is: of the one queue, or of everything the client delivers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    Own,
    Client,
}

impl<M> Waits for Item<M> {
    fn lost(dropped: Dropped) -> Self {
        Self::Dropped(dropped)
    }

    fn as_lost(&mut self) -> Option<&mut Dropped> {
        match self {
            Self::Dropped(dropped) => Some(dropped),
            _ => None,
        }
    }

    fn topic(&self) -> Option<&str> {
        match self {
            Self::Undecodable(raw, _) => raw.channel(),
            Self::Gap(gap) => Some(&gap.topic),
            _ => None,
        }
    }

    fn is_message(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Undecodable(..))
    }
}

impl<M> Inbox<M> {
    /// For one topic, or for all.
    pub(crate) fn new(config: &Config, topic: Option<Arc<str>>) -> Self {
        let items = Backlog::new(config, topic);
        Self {
            inner: Mutex::new(Inner { items, open: false, ended: false, paused: Paused::default() }),
            arrived: Notify::new(),
            news: AtomicBool::new(false),
            throttled: AtomicBool::new(false),
        }
    }

    /// Takes over other bounds and marks.
    pub(crate) fn configure(&self, config: &Config) {
        let mut inner = lock(&self.inner);
        inner.items.configure(config);
        self.note(&inner);
    }

    /// Starts to take items. Before that there is nobody to keep them for.
    pub(crate) fn open(&self) {
        lock(&self.inner).open = true;
    }

    /// Hands out nothing, or items again. Where several have paused it, all must resume it.
    pub(crate) fn pause(&self, pause: Pause, paused: bool) {
        let mut inner = lock(&self.inner);
        match pause {
            Pause::Own => inner.paused.own = paused,
            Pause::Client => inner.paused.client = paused,
        }
        if !paused {
            self.arrived.notify_one();
        }
    }

    /// Nothing comes any more; what waits can still be taken, paused or not.
    pub(crate) fn end(&self) {
        lock(&self.inner).ended = true;
        self.arrived.notify_waiters();
        self.arrived.notify_one();
    }

    /// Whether the consumer is so far behind that reading rests; `block` is whether a full buffer means that.
    pub(crate) fn rests(&self, block: bool) -> bool {
        let inner = lock(&self.inner);
        inner.open && !inner.ended && inner.items.fill().rests(block)
    }

    /// Whether twice as much waits as may.
    pub(crate) fn is_overrun(&self) -> bool {
        lock(&self.inner).items.is_overrun()
    }

    /// Whether it is over its throttle mark, or was and has not been relieved since.
    pub(crate) fn is_throttled(&self) -> bool {
        self.throttled.load(Ordering::Relaxed)
    }

    fn note(&self, inner: &Inner<M>) {
        let fill = inner.items.fill();
        self.news.store(fill.has_news(), Ordering::Relaxed);
        self.throttled.store(fill.is_throttled(), Ordering::Relaxed);
    }

    /// Whether there is something to tell of its fill.
    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Ordering::Relaxed)
    }

    /// What is to be told of its marks, once.
    pub(crate) fn mark(&self) -> Option<Pressure> {
        let mut inner = lock(&self.inner);
        let mark = inner.items.mark();
        self.note(&inner);
        mark
    }

    /// How many messages it has dropped since the last look.
    pub(crate) fn dropped(&self) -> u64 {
        let mut inner = lock(&self.inner);
        let dropped = inner.items.dropped();
        self.note(&inner);
        dropped
    }

    /// Puts an item in. `overflow` is asked when it is full.
    pub(crate) fn push(&self, item: Item<M>, weight: Weight<'_>, overflow: impl FnOnce(&QueueView) -> Overflow) {
        let mut inner = lock(&self.inner);
        if !inner.open || inner.ended {
            return;
        }
        if item.is_message() {
            inner.items.push(item, weight, overflow);
        } else {
            inner.items.tell(item);
        }
        if inner.items.words() > MAX_WORDS {
            // Nobody takes anything, and even the words of what is missing have become too many.
            inner.items.lose_first();
        }
        self.note(&inner);
        drop(inner);
        self.arrived.notify_one();
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
        if (inner.paused.own || inner.paused.client) && !inner.ended {
            return Taken::Empty;
        }
        if let Some(item) = inner.items.pop() {
            self.note(&inner);
            if !inner.items.is_empty() || inner.ended {
                // Another consumer may be waiting for the next one.
                self.arrived.notify_one();
            }
            return Taken::Item(item);
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
