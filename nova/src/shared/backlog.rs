//! What waits for somebody who may be too slow: in order, bounded in messages and bytes, with the word of each loss where it is missing.
//!
//! One structure for everything that waits on its way to a consumer: the client's inbox, each stream, and what waits behind a pending
//! callback. Only messages are ever dropped; what is told between them would make a loss silent if it went.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{Fill, Overtaken};
use crate::{
    config::{Config, Overflow},
    message::Dropped,
    verdict::{Pressure, QueueView},
};

/// Words of losses kept beside the messages, each at its own place. What is lost in more places is told at the next earlier one.
const MAX_LOSSES: usize = 1_024;

/// What can wait in a [`Backlog`].
pub(crate) trait Waits {
    /// The word of messages lost.
    fn lost(dropped: Dropped) -> Self;

    /// What such a word says.
    fn as_lost(&mut self) -> Option<&mut Dropped>;

    /// The topic of a message, where it is known.
    fn topic(&self) -> Option<&str>;

    /// Whether it is a message, which may be dropped.
    fn is_message(&self) -> bool;
}

/// How much a message weighs, and what it is the latest of under `conflate`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weight<'k> {
    pub(crate) bytes: usize,
    pub(crate) key: Option<&'k str>,
}

struct Entry<T> {
    /// Numbers only grow, so that an entry is found by its own.
    number: u64,
    item: T,
    bytes: usize,
    key: Option<Arc<str>>,
}

/// What waits, in order and within bounds.
pub(crate) struct Backlog<T> {
    waiting: VecDeque<Entry<T>>,
    /// The one topic of all that waits here, if it is one.
    topic: Option<Arc<str>>,
    next: u64,
    messages: usize,
    bytes: usize,
    losses: usize,
    overtaken: Overtaken,
    max_messages: usize,
    max_bytes: usize,
    fill: Fill,
}

impl<T: Waits> Backlog<T> {
    pub(crate) fn new(config: &Config, topic: Option<Arc<str>>) -> Self {
        let (max_messages, max_bytes) = bounds(config);
        Self {
            waiting: VecDeque::new(),
            topic,
            next: 0,
            messages: 0,
            bytes: 0,
            losses: 0,
            overtaken: Overtaken::default(),
            max_messages,
            max_bytes,
            fill: Fill::new(config),
        }
    }

    /// Takes over other bounds and marks. What is over a smaller bound already stays until it is taken or the next message finds it.
    pub(crate) fn configure(&mut self, config: &Config) {
        (self.max_messages, self.max_bytes) = bounds(config);
        self.fill.configure(config);
        self.note(0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What waits beside the messages.
    pub(crate) fn words(&self) -> usize {
        self.waiting.len() - self.messages
    }

    /// How full it is, and what of that is still to be told.
    pub(crate) fn fill(&self) -> &Fill {
        &self.fill
    }

    /// What is to be told of its marks, once.
    pub(crate) fn mark(&mut self) -> Option<Pressure> {
        let view = self.view();
        self.fill.mark(view)
    }

    /// How many messages were dropped since the last look.
    pub(crate) fn dropped(&mut self) -> u64 {
        self.fill.dropped()
    }

    /// Whether twice as much waits as may: so far, and no further, goes reading that must not rest.
    pub(crate) fn is_overrun(&self) -> bool {
        self.messages >= self.max_messages.saturating_mul(2) || self.bytes >= self.max_bytes.saturating_mul(2)
    }

    /// Lets what is no message wait: it always has room.
    pub(crate) fn tell(&mut self, mut item: T) {
        debug_assert!(!item.is_message(), "messages are bounded");
        match item.as_lost() {
            Some(lost) => {
                let lost = lost.clone();
                self.tell_lost(lost);
            }
            None => self.append(item, 0, None),
        }
    }

    /// Lets a message wait. Where it has no room, `overflow` says what goes for it.
    pub(crate) fn push(&mut self, item: T, weight: Weight<'_>, overflow: impl FnOnce(&QueueView) -> Overflow) {
        let Weight { bytes, key } = weight;
        let policy = self.is_full(bytes).then(|| overflow(&self.view()));
        if policy == Some(Overflow::DropNew) {
            self.tell_lost(self.loss_of(&item));
            return self.note(1);
        }
        let key = key.map(|key| self.overtaken.came(key, self.next));
        let mut dropped = 0;
        match policy {
            // Reading rests from here on: one too many is none lost.
            Some(Overflow::Block) => self.fill.rest(),
            Some(policy) => {
                while self.is_full(bytes) && self.drop_one(policy) {
                    dropped += 1;
                }
            }
            None => {}
        }
        self.messages += 1;
        self.bytes += bytes;
        self.append(item, bytes, key);
        self.note(dropped);
    }

    /// The next in order.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.take(0)
    }

    /// Gives back the room of what waited, where nothing does: for those in which something waits but seldom.
    pub(crate) fn shrink(&mut self) {
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
    }

    /// The first that `which` names.
    pub(crate) fn pop_first(&mut self, which: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.waiting.iter().position(|entry| which(&entry.item))?;
        self.take(at)
    }

    /// Drops whatever is first, and tells it as a loss.
    pub(crate) fn lose_first(&mut self) {
        if let Some(at) = self.waiting.iter_mut().position(|entry| entry.item.as_lost().is_none()) {
            self.lose(at);
            self.note(1);
        }
    }

    fn take(&mut self, at: usize) -> Option<T> {
        let mut entry = self.waiting.remove(at)?;
        self.losses -= usize::from(entry.item.as_lost().is_some());
        self.uncount(&entry);
        self.note(0);
        Some(entry.item)
    }

    fn append(&mut self, item: T, bytes: usize, key: Option<Arc<str>>) {
        self.waiting.push_back(Entry { number: self.next, item, bytes, key });
        self.next += 1;
    }

    fn uncount(&mut self, entry: &Entry<T>) {
        self.messages -= usize::from(entry.item.is_message());
        self.bytes -= entry.bytes;
        if let Some(key) = &entry.key {
            self.overtaken.left(key, entry.number);
        }
    }

    fn view(&self) -> QueueView {
        QueueView { items: self.messages, bytes: self.bytes, max_items: self.max_messages, max_bytes: self.max_bytes }
    }

    fn is_full(&self, bytes: usize) -> bool {
        self.messages >= self.max_messages || (self.messages > 0 && self.bytes + bytes > self.max_bytes)
    }

    fn note(&mut self, dropped: u64) {
        let (view, full) = (self.view(), self.is_full(0));
        self.fill.note(&view, full, dropped);
    }

    /// Drops the message that `policy` thinks least of: under `conflate` the oldest that a later one of its key has overtaken.
    fn drop_one(&mut self, policy: Overflow) -> bool {
        let overtaken = (policy == Overflow::Conflate).then(|| self.overtaken.first()).flatten();
        let at = match overtaken {
            Some(number) => self.waiting.binary_search_by_key(&number, |entry| entry.number).ok(),
            None => self.waiting.iter().position(|entry| entry.item.is_message()),
        };
        at.is_some_and(|at| self.lose(at))
    }

    /// Puts the word of a loss in the place of what is there.
    fn lose(&mut self, at: usize) -> bool {
        let Some(lost) = self.waiting.get(at).map(|entry| self.loss_of(&entry.item)) else { return false };
        let Some(entry) = self.waiting.get_mut(at) else { return false };
        let (item, bytes) = (std::mem::replace(&mut entry.item, T::lost(lost)), std::mem::take(&mut entry.bytes));
        let gone = Entry { number: entry.number, item, bytes, key: entry.key.take() };
        self.uncount(&gone);
        self.losses += 1;
        self.join(at + 1);
        self.join(at);
        self.bound_losses();
        true
    }

    /// The word of one message's loss.
    fn loss_of(&self, item: &T) -> Dropped {
        Dropped::new(self.topic.clone().or_else(|| item.topic().map(Arc::from)), 1)
    }

    /// Makes one word of two that tell of the same topic with nothing but losses between them.
    fn join(&mut self, at: usize) {
        let Some(lost) = self.waiting.get_mut(at).and_then(|entry| entry.item.as_lost()).cloned() else { return };
        if let Some(earlier) = self.alike_before(at, &lost) {
            earlier.add(&lost);
            self.waiting.remove(at);
            self.losses -= 1;
        }
    }

    /// The word of losses like these among those that stand directly before a place.
    fn alike_before(&mut self, at: usize, lost: &Dropped) -> Option<&mut Dropped> {
        let run = self.waiting.range_mut(..at).rev().map_while(|entry| entry.item.as_lost());
        run.into_iter().find(|earlier| earlier.is_alike(lost))
    }

    /// The word of what is lost at the end.
    fn tell_lost(&mut self, lost: Dropped) {
        if let Some(told) = self.alike_before(self.waiting.len(), &lost) {
            return told.add(&lost);
        }
        self.append(T::lost(lost), 0, None);
        self.losses += 1;
        self.bound_losses();
    }

    /// There may be too many losses to tell each topic's at its place. Where they are missing counts for more than whose they were:
    /// those of one place are told together; where that saves too little, those of a topic, and at last whosever they are.
    fn bound_losses(&mut self) {
        if self.losses > MAX_LOSSES {
            self.gather_places();
            if self.losses > MAX_LOSSES / 4 * 3 {
                self.gather(|lost| lost.topic.clone());
            }
            if self.losses > MAX_LOSSES / 4 * 3 {
                self.gather(|_| None);
            }
        }
    }

    /// Tells the losses with nothing between them together.
    fn gather_places(&mut self) {
        let mut told: VecDeque<Entry<T>> = VecDeque::with_capacity(self.waiting.len());
        for mut entry in std::mem::take(&mut self.waiting) {
            let before = told.back_mut().and_then(|before| before.item.as_lost());
            if let (Some(before), Some(lost)) = (before, entry.item.as_lost()) {
                before.add(lost);
                self.losses -= 1;
            } else {
                told.push_back(entry);
            }
        }
        self.waiting = told;
    }

    /// Tells each second loss together with the one before it that has the same `place`.
    fn gather(&mut self, place: impl Fn(&Dropped) -> Option<Arc<str>>) {
        let mut told: VecDeque<Entry<T>> = VecDeque::with_capacity(self.waiting.len());
        let mut open: HashMap<Option<Arc<str>>, usize> = HashMap::new();
        for mut entry in std::mem::take(&mut self.waiting) {
            let Some(lost) = entry.item.as_lost().cloned() else {
                told.push_back(entry);
                continue;
            };
            let place = place(&lost);
            let earlier = open.remove(&place).and_then(|at| told.get_mut(at)).and_then(|entry| entry.item.as_lost());
            if let Some(earlier) = earlier {
                earlier.add(&lost);
                self.losses -= 1;
            } else {
                open.insert(place, told.len());
                told.push_back(entry);
            }
        }
        self.waiting = told;
    }
}

fn bounds(config: &Config) -> (usize, usize) {
    (usize::try_from(config.backpressure.buffer).unwrap_or(usize::MAX), config.backpressure.bytes)
}
