//! What waits for the client while a callback of it is pending: in order, and bounded in messages and bytes.
//!
//! Only messages are dropped, by the client's own overflow decision; the word of how many takes their place. Everything else is
//! little and comes from the engine itself.

use std::collections::VecDeque;

use super::seen::Seen;
use crate::{config::Overflow, message::Raw, verdict::QueueView};

/// What waits for the client.
#[derive(Debug, Default)]
pub(super) struct SeenQueue {
    waiting: VecDeque<Seen>,
    messages: usize,
    bytes: usize,
}

impl SeenQueue {
    pub(super) fn pop(&mut self) -> Option<Seen> {
        let seen = self.waiting.pop_front()?;
        if let Seen::Message(raw) = &seen {
            self.messages -= 1;
            self.bytes -= raw.bytes();
        }
        Some(seen)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn push(&mut self, seen: Seen) {
        if let Seen::Message(raw) = &seen {
            self.messages += 1;
            self.bytes += raw.bytes();
        }
        self.waiting.push_back(seen);
    }

    pub(super) fn view(&self, max_items: usize, max_bytes: usize) -> QueueView {
        QueueView { items: self.messages, bytes: self.bytes, max_items, max_bytes }
    }

    pub(super) fn is_full(&self, bytes: usize, max_items: usize, max_bytes: usize) -> bool {
        self.messages >= max_items || (self.messages > 0 && self.bytes + bytes > max_bytes)
    }

    /// Puts a message in; returns how many were dropped for it or instead of it.
    pub(super) fn push_message(
        &mut self,
        raw: Raw,
        max: (usize, usize),
        overflow: impl FnOnce(&QueueView) -> Overflow,
    ) -> u64 {
        let bytes = raw.bytes();
        let mut dropped = 0;
        if self.is_full(bytes, max.0, max.1) {
            if overflow(&self.view(max.0, max.1)) == Overflow::DropNew {
                self.count_last(1);
                return 1;
            }
            while self.is_full(bytes, max.0, max.1) && self.drop_oldest() {
                dropped += 1;
            }
        }
        self.push(Seen::Message(raw));
        dropped
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(at) = self.waiting.iter().position(|seen| matches!(seen, Seen::Message(_))) else { return false };
        if let Some(Seen::Message(raw)) = self.waiting.remove(at) {
            self.messages -= 1;
            self.bytes -= raw.bytes();
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
