//! What waits for the client while a callback of it is pending, or while its delivery is paused: in order, and bounded.
//!
//! Messages are bounded in number and bytes, and dropped by the client's own overflow decision; the word of how many takes their
//! place. Everything else is small but may be paced by the venue, so it is bounded in number: the last words of a flood are not kept.

#[cfg(test)]
mod tests;

use super::seen::Seen;
use crate::{
    config::{Config, Overflow},
    message::Dropped,
    shared::{Backlog, Fill, Waits, Weight},
    verdict::{Pressure, QueueView},
};

/// Words that are no messages and may be lost: further ones are not kept.
const MAX_WORDS: usize = 1_024;

/// What waits for the client.
pub(super) struct SeenQueue {
    waiting: Backlog<Seen>,
    /// Words that may be lost.
    words: usize,
    /// What is no delivery: it goes on while delivery is paused.
    others: usize,
}

impl Waits for Seen {
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
            Self::Kept(raw) => raw.channel(),
            Self::Undecodable(unread) => unread.0.channel(),
            _ => None,
        }
    }

    fn is_message(&self) -> bool {
        matches!(self, Self::Kept(_) | Self::Undecodable(_))
    }
}

impl Seen {
    /// How much a message weighs; nothing else is counted in bytes.
    fn bytes(&self) -> usize {
        match self {
            Self::Kept(raw) => raw.bytes(),
            Self::Undecodable(unread) => unread.0.bytes(),
            _ => 0,
        }
    }

    /// Whether it is what a consumer gets: messages, and what is told between them.
    pub(super) fn is_delivery(&self) -> bool {
        self.is_message() || matches!(self, Self::Dropped(_) | Self::Gap(_))
    }

    /// Whether it may be lost in a flood: what moves the client on never is.
    fn is_word(&self) -> bool {
        matches!(
            self,
            Self::Beat(_)
                | Self::Subscription(_)
                | Self::Limited(_)
                | Self::Error { of_link: false, .. }
                | Self::Node(_)
                | Self::Update(_)
        )
    }
}

impl SeenQueue {
    pub(super) fn new(config: &Config) -> Self {
        Self { waiting: Backlog::new(config, None), words: 0, others: 0 }
    }

    pub(super) fn configure(&mut self, config: &Config) {
        self.waiting.configure(config);
    }

    /// The next; while delivery is `paused`, the next that is none.
    #[inline]
    pub(super) fn pop(&mut self, paused: bool) -> Option<Seen> {
        if self.is_empty(paused) { None } else { self.pop_waiting(paused) }
    }

    fn pop_waiting(&mut self, paused: bool) -> Option<Seen> {
        let seen = if paused { self.waiting.pop_first(|seen| !seen.is_delivery())? } else { self.waiting.pop()? };
        self.words -= usize::from(seen.is_word());
        self.others -= usize::from(!seen.is_delivery());
        if !seen.is_message() {
            self.waiting.shrink();
        }
        Some(seen)
    }

    /// Whether nothing waits that could be told now.
    pub(super) fn is_empty(&self, paused: bool) -> bool {
        if paused { self.others == 0 } else { self.waiting.is_empty() }
    }

    /// Puts in what is no message.
    pub(super) fn push(&mut self, seen: Seen) {
        if seen.is_word() && self.words >= MAX_WORDS {
            return;
        }
        self.words += usize::from(seen.is_word());
        self.others += usize::from(!seen.is_delivery());
        self.waiting.tell(seen);
    }

    /// Puts a message in; what has no room is dropped.
    pub(super) fn push_message(
        &mut self,
        message: Seen,
        key: Option<&str>,
        overflow: impl FnOnce(&QueueView) -> Overflow,
    ) {
        let bytes = message.bytes();
        self.waiting.push(message, Weight { bytes, key }, overflow);
    }

    pub(super) fn fill(&self) -> &Fill {
        self.waiting.fill()
    }

    pub(super) fn is_overrun(&self) -> bool {
        self.waiting.is_overrun()
    }

    pub(super) fn mark(&mut self) -> Option<Pressure> {
        self.waiting.mark()
    }

    pub(super) fn dropped(&mut self) -> u64 {
        self.waiting.dropped()
    }
}
