//! What comes on topics: holes before it, and which of it passes where a topic is thinned.

use std::sync::Arc;

use super::{Gapped, Subscriptions, entry::Silence};
use crate::{message::Raw, time::Instant};

/// A message that may pass: how many of its topic were left out before it.
pub(crate) struct Passing {
    pub(crate) topic: Arc<str>,
    pub(crate) message: Raw,
    pub(crate) skipped: u64,
}

impl Subscriptions {
    /// A message of a topic came; the hole before it, if one has not been told.
    #[inline]
    pub(crate) fn message(&mut self, topic: &str, now: Instant) -> Option<Gapped> {
        if self.topics.is_empty() { None } else { self.message_of(topic, now) }
    }

    fn message_of(&mut self, topic: &str, now: Instant) -> Option<Gapped> {
        let entry = self.topics.get_mut(topic)?;
        entry.last_message = Some(now);
        let before = std::mem::replace(&mut entry.silence, Silence { since: Some(now), ..Silence::default() });
        let gap = entry.gap.take();
        if before.links > 0 {
            // It had been given more time than it has from now on.
            let at = entry.stale_at(self.stale_after);
            self.look_at(at);
            self.dirty = true;
        }
        gap
    }

    /// Nothing is missing from a topic after all: a hole that has not been told is forgotten.
    pub(crate) fn resumed(&mut self, topic: &str) {
        if let Some(entry) = self.topics.get_mut(topic) {
            entry.gap = None;
        }
    }

    /// When the last message of a topic came.
    pub(crate) fn last_message(&self, topic: &str) -> Option<Instant> {
        self.topics.get(topic)?.last_message
    }

    /// Whether any topic is thinned.
    #[inline]
    pub(crate) fn thins(&self) -> bool {
        self.thinned > 0
    }

    /// Whether a topic is thinned.
    pub(crate) fn is_thinned(&self, topic: &str) -> bool {
        self.topics.get(topic).is_some_and(|entry| entry.throttle.is_some())
    }

    /// A message of a thinned topic came: it passes now, or is kept. Nothing passes while nobody can take it (`open`).
    pub(crate) fn thin(&mut self, message: Raw, open: bool, now: Instant) -> Option<Passing> {
        let entry = self.topics.get_mut(message.channel()?)?;
        let (name, throttle) = (entry.topic.shared_name(), entry.throttle.as_mut()?);
        let passes = if open { throttle.passes(now) } else { None };
        if let Some(skipped) = passes {
            return Some(Passing { topic: name.clone(), message, skipped });
        }
        if let Some(until) = throttle.keep(message.detached(), now) {
            self.kept.insert((until, name.clone()));
        }
        None
    }

    /// When the next message that was kept may pass.
    pub(crate) fn passes_at(&self) -> Option<Instant> {
        self.kept.first().map(|(at, _)| *at)
    }

    /// The next message whose moment has come.
    pub(crate) fn pass(&mut self, now: Instant) -> Option<Passing> {
        while self.passes_at().is_some_and(|at| at <= now) {
            let Some((_, topic)) = self.kept.pop_first() else { break };
            let throttle = self.topics.get_mut(&topic).and_then(|entry| entry.throttle.as_mut());
            if let Some((message, skipped)) = throttle.and_then(|throttle| throttle.release(now)) {
                return Some(Passing { topic, message, skipped });
            }
        }
        None
    }

    /// Everything that was kept, whatever the time: nothing comes after it.
    pub(crate) fn pass_all(&mut self) -> Vec<Passing> {
        let kept = std::mem::take(&mut self.kept);
        let mut pass = |(at, topic): (Instant, Arc<str>)| {
            let (message, skipped) = self.topics.get_mut(&topic)?.throttle.as_mut()?.flush(at)?;
            Some(Passing { topic, message, skipped })
        };
        kept.into_iter().filter_map(&mut pass).collect()
    }
}
