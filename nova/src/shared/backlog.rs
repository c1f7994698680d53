//! What waits for somebody who may be too slow: in order, bounded in messages and bytes, with the word of each loss where it is missing.
//!
//! One structure for everything that waits on its way to a consumer: the client's inbox, each stream, and what waits behind a pending
//! callback. Only messages are ever dropped; what is told between them would make a loss silent if it went.

use std::{collections::VecDeque, sync::Arc};

use super::{Fill, Overtaken};
use crate::{
    config::{Config, Overflow},
    verdict::{Pressure, QueueView},
};

/// Words of losses kept beside the messages, each at its own place. What is lost in more places is told at the next earlier one.
const MAX_LOSSES: usize = 1_024;

/// What can wait in a [`Backlog`].
pub(crate) trait Waits {
    /// The word of so many messages lost.
    fn lost(messages: u64) -> Self;

    /// The number in such a word.
    fn as_lost(&mut self) -> Option<&mut u64>;

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
    pub(crate) fn new(config: &Config) -> Self {
        let (max_messages, max_bytes) = bounds(config);
        Self {
            waiting: VecDeque::new(),
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
            Some(lost) => self.tell_lost(*lost),
            None => self.append(item, 0, None),
        }
    }

    /// Lets a message wait. Where it has no room, `overflow` says what goes for it.
    pub(crate) fn push(&mut self, item: T, weight: Weight<'_>, overflow: impl FnOnce(&QueueView) -> Overflow) {
        let Weight { bytes, key } = weight;
        let policy = self.is_full(bytes).then(|| overflow(&self.view()));
        if policy == Some(Overflow::DropNew) {
            self.tell_lost(1);
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
        let Some(entry) = self.waiting.get_mut(at) else { return false };
        let (item, bytes) = (std::mem::replace(&mut entry.item, T::lost(1)), std::mem::take(&mut entry.bytes));
        let gone = Entry { number: entry.number, item, bytes, key: entry.key.take() };
        self.uncount(&gone);
        self.losses += 1;
        self.join(at + 1);
        self.join(at);
        if self.losses > MAX_LOSSES {
            self.gather();
        }
        true
    }

    /// Makes one word of two that tell losses next to each other.
    fn join(&mut self, at: usize) {
        let Some(before) = at.checked_sub(1) else { return };
        let count = |entry: Option<&mut Entry<T>>| entry.and_then(|entry| entry.item.as_lost().copied());
        if let (Some(earlier), Some(later)) = (count(self.waiting.get_mut(before)), count(self.waiting.get_mut(at))) {
            self.waiting[before].item = T::lost(earlier + later);
            self.waiting.remove(at);
            self.losses -= 1;
        }
    }

    /// The word of what is lost at the end.
    fn tell_lost(&mut self, messages: u64) {
        if let Some(lost) = self.waiting.back_mut().and_then(|entry| entry.item.as_lost()) {
            *lost += messages;
        } else {
            self.append(T::lost(messages), 0, None);
            self.losses += 1;
        }
    }

    /// Tells each second loss together with the one before it: there are too many to tell each at its place.
    fn gather(&mut self) {
        let mut told: VecDeque<Entry<T>> = VecDeque::with_capacity(self.waiting.len());
        let mut open: Option<usize> = None;
        for mut entry in std::mem::take(&mut self.waiting) {
            let Some(lost) = entry.item.as_lost().copied() else {
                told.push_back(entry);
                continue;
            };
            if let Some(earlier) = open.take().and_then(|at| told.get_mut(at)).and_then(|entry| entry.item.as_lost()) {
                *earlier += lost;
                self.losses -= 1;
            } else {
                open = Some(told.len());
                told.push_back(entry);
            }
        }
        self.waiting = told;
    }
}

fn bounds(config: &Config) -> (usize, usize) {
    (usize::try_from(config.backpressure.buffer).unwrap_or(usize::MAX), config.backpressure.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bounds, Layer, patch};
    use proptest::prelude::*;

    #[derive(Debug)]
    enum Word {
        Message(u64),
        Lost(u64),
    }

    impl Waits for Word {
        fn lost(messages: u64) -> Self {
            Self::Lost(messages)
        }

        fn as_lost(&mut self) -> Option<&mut u64> {
            match self {
                Self::Lost(messages) => Some(messages),
                Self::Message(_) => None,
            }
        }

        fn is_message(&self) -> bool {
            matches!(self, Self::Message(_))
        }
    }

    fn backlog(buffer: u32) -> Backlog<Word> {
        let patch = crate::Patch::new().backpressure(patch::Backpressure::new().buffer(buffer).bytes(1_000_000));
        Backlog::new(&Config::resolve(&[(Layer::Builder, patch)], &Bounds::new()).unwrap())
    }

    proptest! {
        #[test]
        fn nothing_goes_without_a_word_of_it_whatever_the_policies(
            steps in prop::collection::vec((0usize..4, 0u64..40, 0usize..200_000, any::<bool>()), 1..300),
        ) {
            let mut backlog = backlog(20);
            let policies = [Overflow::DropOld, Overflow::DropNew, Overflow::Conflate, Overflow::Block];
            let (mut told, mut taken) = (0, Vec::new());
            let (mut pushed, mut blocked) = (0, 0);
            for (policy, key, bytes, pop) in steps {
                let key = key.to_string();
                let weight = Weight { bytes, key: Some(&key) };
                backlog.push(Word::Message(pushed), weight, |_| {
                    blocked += usize::from(policies[policy] == Overflow::Block);
                    policies[policy]
                });
                pushed += 1;
                prop_assert!(backlog.messages <= 20 + blocked);
                if pop {
                    taken.extend(backlog.pop());
                }
                told += backlog.dropped();
            }
            taken.extend(std::iter::from_fn(|| backlog.pop()));
            prop_assert_eq!((backlog.messages, backlog.bytes, backlog.losses), (0, 0, 0));
            prop_assert_eq!(backlog.overtaken.first(), None);
            let mut next = 0;
            for word in &taken {
                match word {
                    Word::Lost(messages) => (next, told) = (next + messages, told - messages),
                    Word::Message(number) => {
                        prop_assert_eq!(*number, next);
                        next += 1;
                    }
                }
            }
            prop_assert_eq!((next, told), (pushed, 0), "each loss at its place, and as many as were counted");
        }
    }

    #[test]
    fn losses_in_more_places_than_can_be_told_are_told_together() {
        let mut backlog = backlog(6_000);
        // Every second message is overtaken, each in a place of its own.
        for number in 0..9_000 {
            let key = if number % 2 == 0 { "same".to_owned() } else { number.to_string() };
            backlog.push(Word::Message(number), Weight { bytes: 1, key: Some(&key) }, |_| Overflow::Conflate);
            assert!(backlog.losses <= MAX_LOSSES);
        }
        let (mut messages, mut lost) = (0, 0);
        while let Some(word) = backlog.pop() {
            match word {
                Word::Message(_) => messages += 1,
                Word::Lost(more) => lost += more,
            }
        }
        assert_eq!((messages, lost, backlog.dropped()), (6_000, 3_000, 3_000));
    }
}
