//! What waits for the client while a callback of it is pending: in order, and bounded.
//!
//! Messages are bounded in number and bytes, and dropped by the client's own overflow decision; the word of how many takes their
//! place. Everything else is small but may be paced by the venue, so it is bounded in number: the last words of a flood are not kept.

use std::collections::VecDeque;

use super::seen::Seen;
use crate::{
    config::Overflow,
    verdict::{Pressure, QueueView},
};

/// Words that are no messages and may be lost: further ones are not kept.
const MAX_WORDS: usize = 1_024;

/// What waits for the client.
#[derive(Debug, Default)]
pub(super) struct SeenQueue {
    waiting: VecDeque<Seen>,
    messages: usize,
    bytes: usize,
    words: usize,
}

impl Seen {
    /// How much a message weighs; nothing else is counted in bytes.
    fn weight(&self) -> Option<usize> {
        match self {
            Self::Message(raw) | Self::Undecodable(raw, _) => Some(raw.bytes()),
            _ => None,
        }
    }

    /// Whether it may be lost in a flood: what moves the client on never is.
    fn is_word(&self) -> bool {
        matches!(
            self,
            Self::Beat(_)
                | Self::Subscription(_)
                | Self::Limited(_)
                | Self::Pressure(_)
                | Self::Error { of_link: false, .. }
                | Self::Node(_)
                | Self::Update(_)
        )
    }
}

impl SeenQueue {
    pub(super) fn pop(&mut self) -> Option<Seen> {
        let seen = self.waiting.pop_front()?;
        self.uncount(&seen);
        Some(seen)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn push(&mut self, seen: Seen) {
        match (&seen, self.waiting.back_mut()) {
            // Word by word of a flood would be a flood itself.
            (
                Seen::Pressure(Pressure::Dropped { messages }),
                Some(Seen::Pressure(Pressure::Dropped { messages: before })),
            ) => *before += messages,
            _ if seen.is_word() && self.words >= MAX_WORDS => {}
            _ => {
                self.words += usize::from(seen.is_word());
                if let Some(bytes) = seen.weight() {
                    self.messages += 1;
                    self.bytes += bytes;
                }
                self.waiting.push_back(seen);
            }
        }
    }

    fn uncount(&mut self, seen: &Seen) {
        self.words -= usize::from(seen.is_word());
        if let Some(bytes) = seen.weight() {
            self.messages -= 1;
            self.bytes -= bytes;
        }
    }

    fn view(&self, max_items: usize, max_bytes: usize) -> QueueView {
        QueueView { items: self.messages, bytes: self.bytes, max_items, max_bytes }
    }

    pub(super) fn is_full(&self, bytes: usize, max_items: usize, max_bytes: usize) -> bool {
        self.messages >= max_items || (self.messages > 0 && self.bytes + bytes > max_bytes)
    }

    /// Puts a message in; returns how many were dropped for it or instead of it.
    pub(super) fn push_message(
        &mut self,
        message: Seen,
        max: (usize, usize),
        overflow: impl FnOnce(&QueueView) -> Overflow,
    ) -> u64 {
        let bytes = message.weight().unwrap_or_default();
        let mut dropped = 0;
        if self.is_full(bytes, max.0, max.1) {
            match overflow(&self.view(max.0, max.1)) {
                Overflow::DropNew => {
                    self.count_last(1);
                    return 1;
                }
                // Reading rests from here on: one too many is none lost.
                Overflow::Block => {}
                _ => {
                    while self.is_full(bytes, max.0, max.1) && self.drop_oldest() {
                        dropped += 1;
                    }
                }
            }
        }
        self.push(message);
        dropped
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(at) = self.waiting.iter().position(|seen| seen.weight().is_some()) else { return false };
        if let Some(seen) = self.waiting.remove(at) {
            self.uncount(&seen);
        }
        match at.checked_sub(1).and_then(|before| self.waiting.get_mut(before)) {
            Some(Seen::Dropped(count)) => *count += 1,
            _ => self.waiting.insert(at, Seen::Dropped(1)),
        }
        true
    }

    fn count_last(&mut self, dropped: u64) {
        match self.waiting.back_mut() {
            Some(Seen::Dropped(count)) => *count += dropped,
            _ => self.waiting.push_back(Seen::Dropped(dropped)),
        }
    }
}
