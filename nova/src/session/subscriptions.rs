//! The topics a client wants, and how far each has come. Pure.
//!
//! The wanted set is a set: a topic asked for twice is on the wire once. What confirms a topic is the venue's own list, never what
//! was asked for. A new connection starts every wanted topic anew; what was confirmed on an old one counts for nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::oneshot;

use super::topic::{Gapped, Settled, Stage, Topic};
use crate::{
    error::{Error, Result},
    message::Params,
    time::Instant,
};

/// The topics a client wants.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    topics: BTreeMap<Arc<str>, Topic>,
    /// Topics nobody wants any more that the venue still sends; whether it had confirmed them.
    leaving: Vec<(Arc<str>, bool)>,
    /// Something may be to be done since this was last asked.
    dirty: bool,
    /// How many topics have a hole that was not told.
    gaps: usize,
    /// Requests for topics so far.
    round: u64,
}

impl Subscriptions {
    /// Wants a topic.
    pub(crate) fn want(&mut self, topic: &str, params: Params, waiter: Option<oneshot::Sender<Result<()>>>) {
        self.dirty = true;
        // Wanted again before it was left: what is in effect stays so, and is not asked for twice.
        let leaving = self.leaving.iter().position(|(leaving, _)| &**leaving == topic);
        let live = leaving.map(|at| self.leaving.swap_remove(at)).is_some_and(|(_, confirmed)| confirmed);
        let entry = self.topics.entry(topic.into()).or_insert_with(|| Topic {
            stage: if live { Stage::Confirmed } else { Stage::Wanted },
            params,
            tries: 0,
            round: 0,
            wanted_by: 0,
            waiters: Vec::new(),
            resync: false,
            gap: None,
            last_message: None,
        });
        entry.wanted_by += 1;
        if entry.stage == Stage::GivenUp {
            (entry.stage, entry.tries) = (Stage::Wanted, 0);
        }
        match waiter {
            Some(waiter) if entry.stage == Stage::Confirmed => {
                let _ = waiter.send(Ok(()));
            }
            Some(waiter) => entry.waiters.push(waiter),
            None => {}
        }
    }

    /// One of those who wanted a topic wants it no more; whether it was the last.
    pub(crate) fn unwant(&mut self, topic: &str) -> bool {
        let Some(entry) = self.topics.get_mut(topic) else { return false };
        entry.wanted_by = entry.wanted_by.saturating_sub(1);
        if entry.wanted_by > 0 {
            return false;
        }
        self.dirty = true;
        for waiter in entry.waiters.drain(..) {
            let reason = "it was unsubscribed before the venue had confirmed it".into();
            let _ = waiter.send(Err(Error::Subscription { topic: topic.into(), reason }));
        }
        // Left once the venue has answered: before that it may have no name for what is to be left.
        if entry.stage != Stage::Asked {
            self.forget(topic);
        }
        true
    }

    /// Nobody wants a topic any more; left, where the venue may be sending it.
    fn forget(&mut self, topic: &str) {
        let Some((name, entry)) = self.topics.remove_entry(topic) else { return };
        self.gaps -= usize::from(entry.gap.is_some());
        self.dirty = true;
        let confirmed = matches!(entry.stage, Stage::Confirmed | Stage::Stale);
        if confirmed || entry.tries > 0 {
            self.leaving.push((name, entry.stage == Stage::Confirmed));
        }
    }

    /// The wanted topics.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.topics.iter().filter(|(_, topic)| topic.wanted_by > 0).map(|(name, _)| name)
    }

    /// Whether a topic is wanted.
    pub(crate) fn is_wanted(&self, topic: &str) -> bool {
        self.topics.get(topic).is_some_and(|topic| topic.wanted_by > 0)
    }

    /// A connection is lost: nothing is in effect any more, and every topic that had come through has a hole.
    pub(crate) fn lost(&mut self) {
        self.leaving.clear();
        self.dirty = true;
        self.topics.retain(|_, topic| topic.wanted_by > 0);
        self.gaps = self.topics.values().filter(|topic| topic.gap.is_some()).count();
        for topic in self.topics.values_mut() {
            // A venue may push before it acknowledges.
            let live = matches!(topic.stage, Stage::Confirmed | Stage::Stale | Stage::Clearing);
            if (live || topic.last_message.is_some()) && topic.gap.is_none() {
                topic.gap = Some(Gapped { since: topic.last_message });
                self.gaps += 1;
            }
            (topic.stage, topic.tries, topic.resync) = (Stage::Wanted, 0, false);
        }
    }

    /// The next topics to ask for, at most `chunk`, all with equal parameters: private ones first, because they need the login that
    /// was just made. They count as asked for from now on.
    pub(crate) fn next_chunk(
        &mut self,
        chunk: usize,
        is_private: impl Fn(&str) -> bool,
    ) -> Option<(Vec<String>, Params, u64)> {
        let of = |private: bool| {
            let mut wanted =
                self.topics.iter().filter(|(name, topic)| topic.stage == Stage::Wanted && is_private(name) == private);
            let (first, topic) = wanted.next()?;
            let params = topic.params.clone();
            let mut names = vec![first.to_string()];
            names.extend(
                wanted
                    .filter(|(_, topic)| topic.params == params)
                    .take(chunk.max(1) - 1)
                    .map(|(name, _)| name.to_string()),
            );
            Some((names, params))
        };
        let (names, params) = of(true).or_else(|| of(false))?;
        self.round += 1;
        for name in &names {
            if let Some(topic) = self.topics.get_mut(name.as_str()) {
                (topic.stage, topic.round) = (Stage::Asked, self.round);
                topic.tries += 1;
            }
        }
        Some((names, params, self.round))
    }

    /// Whether a topic was asked for again after the request of a round, whose answer then says nothing of it any more.
    pub(crate) fn asked_since(&self, topic: &str, round: u64) -> bool {
        self.topics.get(topic).is_some_and(|topic| topic.round > round)
    }

    /// Whether the answer to the request of a round still matters to one of its topics.
    pub(crate) fn awaits(&self, topics: &[String], round: u64) -> bool {
        let mut entries = topics.iter().filter_map(|topic| self.topics.get(topic.as_str()));
        entries.any(|topic| topic.stage == Stage::Asked && topic.round == round)
    }

    /// Whether one of these topics is being left in order to be asked for again.
    pub(crate) fn is_clearing(&self, topics: &[String]) -> bool {
        topics.iter().filter_map(|topic| self.topics.get(topic.as_str())).any(|topic| topic.stage == Stage::Clearing)
    }

    /// There is work left.
    pub(crate) fn touch(&mut self) {
        self.dirty = true;
    }

    /// Whether anything has changed since this was last asked, so that there may be work.
    pub(crate) fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Whether something is to be asked for or unsubscribed.
    pub(crate) fn has_work(&self) -> bool {
        !self.leaving.is_empty()
            || self.topics.values().any(|topic| matches!(topic.stage, Stage::Wanted | Stage::Stale))
    }

    /// The topics to unsubscribe next: those nobody wants, else those with a hole to close.
    pub(crate) fn next_leaving(&mut self, chunk: usize) -> Option<Vec<String>> {
        if !self.leaving.is_empty() {
            let count = self.leaving.len().min(chunk.max(1));
            return Some(self.leaving.drain(..count).map(|(topic, _)| topic.to_string()).collect());
        }
        let stale: Vec<String> = self
            .topics
            .iter()
            .filter(|(_, topic)| topic.stage == Stage::Stale)
            .take(chunk.max(1))
            .map(|(name, _)| name.to_string())
            .collect();
        for name in &stale {
            if let Some(topic) = self.topics.get_mut(name.as_str()) {
                topic.stage = Stage::Clearing;
            }
        }
        (!stale.is_empty()).then_some(stale)
    }

    /// The venue lists topics as being in effect.
    pub(crate) fn confirmed<'l>(&mut self, listed: impl IntoIterator<Item = &'l String>) -> Vec<Settled> {
        let mut settled = Vec::new();
        for name in listed {
            let Some((name, topic)) =
                self.topics.get_key_value(name.as_str()).map(|(name, _)| name.clone()).and_then(|name| {
                    let topic = self.topics.get_mut(&name)?;
                    Some((name, topic))
                })
            else {
                continue;
            };
            if topic.stage == Stage::Asked {
                let stage = if std::mem::take(&mut topic.resync) { Stage::Stale } else { Stage::Confirmed };
                (topic.stage, topic.tries) = (stage, 0);
                self.dirty = true;
                for waiter in topic.waiters.drain(..) {
                    let _ = waiter.send(Ok(()));
                }
                if topic.wanted_by == 0 {
                    self.forget(&name);
                    continue;
                }
                settled.push(Settled::Confirmed(name));
            }
        }
        settled
    }

    /// The venue refused a topic: it is wanted no more.
    pub(crate) fn rejected(&mut self, topic: &str, error: &Error) -> Option<Settled> {
        if self.topics.get(topic)?.stage != Stage::Asked {
            return None;
        }
        let (name, entry) = self.topics.remove_entry(topic)?;
        self.gaps -= usize::from(entry.gap.is_some());
        self.dirty = true;
        for waiter in entry.waiters {
            let _ = waiter.send(Err(error.clone()));
        }
        Some(Settled::Rejected(name, error.clone()))
    }

    /// The venue did not answer in time, or refused for the moment: asked again, up to `retries` times, then given up for this
    /// connection.
    pub(crate) fn unanswered(&mut self, topic: &str, retries: u32, error: &Error) -> Option<Settled> {
        let (name, _) = self.topics.get_key_value(topic)?;
        let name = name.clone();
        let entry = self.topics.get_mut(topic)?;
        if entry.stage != Stage::Asked {
            return None;
        }
        self.dirty = true;
        if entry.wanted_by == 0 {
            self.forget(topic);
            return None;
        }
        if entry.tries <= retries {
            entry.stage = Stage::Wanted;
            return None;
        }
        entry.stage = Stage::GivenUp;
        for waiter in entry.waiters.drain(..) {
            let _ = waiter.send(Err(error.clone()));
        }
        Some(Settled::Rejected(name, error.clone()))
    }

    /// The venue confirmed the end of topics: those that a resync had cleared are asked for again.
    pub(crate) fn left(&mut self, topics: &[String]) {
        self.dirty = true;
        for name in topics {
            if let Some(topic) = self.topics.get_mut(name.as_str())
                && topic.stage == Stage::Clearing
            {
                (topic.stage, topic.tries) = (Stage::Wanted, 0);
            }
        }
    }

    /// There is a hole in a topic that is to be closed by subscribing anew.
    pub(crate) fn resync(&mut self, topic: &str) {
        self.dirty = true;
        match self.topics.get_mut(topic) {
            Some(topic) if topic.stage == Stage::Confirmed => topic.stage = Stage::Stale,
            Some(topic) if topic.stage == Stage::Asked => topic.resync = true,
            _ => {}
        }
    }

    /// The venue ended a topic that was in effect: it is asked for again. Whether it was in effect.
    pub(crate) fn ended(&mut self, topic: &str) -> bool {
        let Some(topic) = self.topics.get_mut(topic) else { return false };
        let ended = topic.stage == Stage::Confirmed;
        if ended {
            topic.stage = Stage::Wanted;
            self.dirty = true;
            if topic.gap.is_none() {
                topic.gap = Some(Gapped { since: topic.last_message });
                self.gaps += 1;
            }
        }
        ended
    }

    /// A message of a topic came; the hole before it, if one has not been told.
    pub(crate) fn message(&mut self, topic: &str, now: Instant) -> Option<Gapped> {
        let entry = self.topics.get_mut(topic)?;
        entry.last_message = Some(now);
        if self.gaps == 0 {
            return None;
        }
        let gap = entry.gap.take();
        self.gaps -= usize::from(gap.is_some());
        gap
    }

    /// When the last message of a topic came.
    pub(crate) fn last_message(&self, topic: &str) -> Option<Instant> {
        self.topics.get(topic)?.last_message
    }

    /// Whether every wanted topic is confirmed or given up on this connection.
    pub(crate) fn is_settled(&self) -> bool {
        self.topics.values().all(|topic| !matches!(topic.stage, Stage::Wanted | Stage::Asked))
    }

    /// Wanted topics that are not in effect.
    pub(crate) fn missing(&self) -> usize {
        self.topics.values().filter(|topic| topic.stage == Stage::GivenUp).count()
    }

    /// Tells all who still wait that nothing will come.
    pub(crate) fn end(&mut self, error: &Error) {
        for topic in self.topics.values_mut() {
            for waiter in topic.waiters.drain(..) {
                let _ = waiter.send(Err(error.clone()));
            }
        }
    }
}

/// How long a caller waits for a topic at most: every retry's time.
pub(crate) fn patience(ack_timeout: Duration, retries: u32, request_timeout: Duration) -> Duration {
    ack_timeout.saturating_mul(retries.saturating_add(1)).max(request_timeout)
}
