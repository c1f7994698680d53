//! The topics a client wants, and how far each has come. Pure.
//!
//! The wanted set is a set: a topic asked for twice is on the wire once. What confirms a topic is the venue's own list, never what
//! was asked for. A new connection starts every wanted topic anew; what was confirmed on an old one counts for nothing. A topic
//! that fails on one connection after the other is set aside, so that no restore waits for it for ever.

mod answers;
mod by_name;
mod data;
mod entry;
mod silence;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use data::Passing;
pub(crate) use entry::{Gapped, Settled, Waiter};

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use by_name::ByName;
use entry::{Entry, Stage};

use crate::{
    error::{Error, Result},
    message::{GapCause, Params, Topic},
    time::Instant,
};

/// The topics a client wants.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    topics: ByName<Entry>,
    /// Topics nobody wants any more that the venue may still send.
    leaving: BTreeMap<Arc<str>, Leaving>,
    /// What was refused for good, the latest last.
    refused: VecDeque<(Arc<str>, Error)>,
    /// Something may be to be done since this was last asked.
    dirty: bool,
    /// Requests for topics so far.
    round: u64,
    /// A topic that was refused for the moment may be asked for again then; may be early, never late.
    resume_at: Option<Instant>,
    /// `subscriptions.stale_after`.
    stale_after: Option<Duration>,
    /// No topic has been silent for too long before this; may be early, never late.
    stale_at: Option<Instant>,
    /// How many topics are thinned.
    thinned: usize,
    /// When messages that were kept may pass. Those of topics that are gone find nothing.
    kept: BTreeSet<(Instant, Arc<str>)>,
}

/// A topic nobody wants any more.
#[derive(Debug)]
struct Leaving {
    /// The venue had confirmed it.
    live: bool,
    /// Its unsubscribe is under way.
    asked: bool,
}

/// A chunk of topics to ask for, all with equal parameters.
pub(crate) struct Chunk {
    pub(crate) topics: Vec<String>,
    pub(crate) params: Params,
    pub(crate) round: u64,
}

impl Subscriptions {
    /// Wants a topic. A message that had been kept back is given out where it is thinned no more.
    ///
    /// # Errors
    /// One that names the topic: nothing has changed.
    pub(crate) fn want(&mut self, topic: Topic, most: Option<u32>, now: Instant) -> Result<Option<Passing>> {
        topic.check()?;
        let name = topic.shared_name().clone();
        let mut released = None;
        let is_new = !self.topics.contains(&name);
        if is_new {
            if let Some(most) = most.filter(|most| self.wanted().count() >= *most as usize) {
                return Err(Error::TopicLimit { topic: name, most });
            }
            // Wanted again before it was left: what is in effect stays so, and is not asked for twice.
            let live = self.leaving.remove(&name).is_some_and(|leaving| leaving.live && !leaving.asked);
            let mut entry = Entry::new(topic, if live { Stage::Confirmed } else { Stage::Wanted });
            entry.silence.since = Some(now);
            self.thinned += usize::from(entry.throttle.is_some());
            self.refused.retain(|(refused, _)| *refused != name);
            self.topics.insert(name.clone(), entry);
        } else {
            let wanted = self.topics.get(&name).filter(|entry| entry.wanted_by > 0);
            let both = wanted.map_or(Ok(topic.clone()), |entry| entry.topic.shared_with(&topic))?;
            released = self.describe(both, now);
        }
        self.dirty = true;
        if let Some(entry) = self.topics.get_mut(&name) {
            entry.wanted_by += 1;
            if matches!(entry.stage, Stage::GivenUp | Stage::Quarantined) {
                entry.start_anew();
            }
            let stale_at = entry.stale_at(self.stale_after);
            self.look_at(stale_at);
        }
        Ok(released)
    }

    /// Takes over how a topic is wanted from now on; the message that was kept, where none are left out any more.
    fn describe(&mut self, topic: Topic, now: Instant) -> Option<Passing> {
        let entry = self.topics.get_mut(topic.name())?;
        let was_thinned = entry.throttle.is_some();
        // On the wire with others, it is asked for anew.
        entry.resync |= entry.stage == Stage::Asked && entry.topic.parameters() != topic.parameters();
        let name = topic.shared_name().clone();
        let released = entry.describe(topic, now);
        self.thinned = self.thinned + usize::from(entry.throttle.is_some()) - usize::from(was_thinned);
        released.map(|(message, skipped)| Passing { topic: name, message, skipped })
    }

    /// Has somebody told when a topic is confirmed.
    pub(crate) fn tell_when_confirmed(&mut self, topic: &str, waiter: Waiter) {
        match self.topics.get_mut(topic) {
            Some(entry) if entry.stage == Stage::Confirmed => drop(waiter.send(Ok(()))),
            Some(entry) => entry.waiters.push(waiter),
            None => {}
        }
    }

    /// Asks anew for a topic that is wanted, as it is described now.
    ///
    /// # Errors
    /// [`Error::Subscription`]: it is not wanted, or could not be.
    pub(crate) fn want_anew(&mut self, topic: Topic, now: Instant) -> Result<Option<Passing>> {
        topic.check()?;
        let name = topic.shared_name().clone();
        if !self.is_wanted(&name) {
            let reason = "nobody has subscribed it, so there is nothing to ask for again".into();
            return Err(Error::Subscription { topic: name, reason });
        }
        let released = self.describe(topic, now);
        let Some(entry) = self.topics.get_mut(&name) else { return Ok(released) };
        match entry.stage {
            Stage::Confirmed => {
                entry.stage = Stage::Stale;
                entry.mark_gap(GapCause::Resubscribed);
            }
            Stage::Asked => entry.resync = true,
            Stage::Wanted | Stage::GivenUp | Stage::Quarantined => entry.start_anew(),
            Stage::Stale | Stage::Clearing => {}
        }
        self.dirty = true;
        Ok(released)
    }

    /// One of those who wanted a topic wants it no more; whether it was the last.
    pub(crate) fn unwant(&mut self, topic: &str) -> bool {
        let Some(entry) = self.topics.get_mut(topic) else { return false };
        entry.wanted_by = entry.wanted_by.saturating_sub(1);
        if entry.wanted_by > 0 {
            return false;
        }
        self.dirty = true;
        let reason = "it was unsubscribed before the venue had confirmed it".into();
        entry.answer(&Err(Error::Subscription { topic: topic.into(), reason }));
        // Left once the venue has answered: before that it may have no name for what is to be left.
        if entry.stage != Stage::Asked {
            self.forget(topic);
        }
        true
    }

    /// Nobody wants a topic any more; left, where the venue may be sending it.
    fn forget(&mut self, topic: &str) {
        let Some((name, entry)) = self.take(topic) else { return };
        let live = entry.stage == Stage::Confirmed;
        if live || entry.stage == Stage::Stale || entry.tries > 0 {
            self.leaving.insert(name, Leaving { live, asked: false });
        }
    }

    /// Takes a topic out of the set.
    fn take(&mut self, topic: &str) -> Option<(Arc<str>, Entry)> {
        let (name, entry) = self.topics.remove(topic)?;
        self.thinned -= usize::from(entry.throttle.is_some());
        self.dirty = true;
        Some((name, entry))
    }

    /// The wanted topics.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.topics.iter().map(|(_, entry)| entry).filter(|entry| entry.wanted_by > 0).map(|entry| &entry.topic)
    }

    /// Whether a topic is wanted.
    pub(crate) fn is_wanted(&self, topic: &str) -> bool {
        self.topics.get(topic).is_some_and(|entry| entry.wanted_by > 0)
    }

    /// A connection is lost: nothing is in effect any more, and every topic that had come through has a hole.
    pub(crate) fn lost(&mut self) {
        self.leaving.clear();
        self.dirty = true;
        (self.resume_at, self.stale_at) = (None, None);
        self.topics.retain(|entry| entry.wanted_by > 0);
        for entry in self.topics.values_mut() {
            // A venue may push before it acknowledges.
            let live = matches!(entry.stage, Stage::Confirmed | Stage::Stale | Stage::Clearing);
            if live || entry.last_message.is_some() {
                entry.mark_gap(GapCause::Reconnected);
            }
            if entry.stage != Stage::Quarantined {
                entry.stage = Stage::Wanted;
            }
            (entry.tries, entry.resync, entry.not_before, entry.alone) = (0, false, None, false);
            entry.silence.asked_again = false;
        }
        self.thinned = self.topics.values().filter(|entry| entry.throttle.is_some()).count();
    }

    /// The next topics to ask for, at most `chunk`: private ones first, because they need the login that was just made. `in_order`, no
    /// public one overtakes a private one that is to be asked for later. They count as asked for from now on.
    pub(crate) fn next_chunk(
        &mut self,
        chunk: usize,
        is_private: impl Fn(&str) -> bool,
        in_order: bool,
        now: Instant,
    ) -> Option<Chunk> {
        let hold = in_order && self.is_wanted_first(&is_private);
        let of = |private: bool| {
            let due = |name: &str, entry: &Entry| entry.is_due(now) && is_private(name) == private;
            let mut wanted = self.topics.iter().filter(|(name, entry)| due(name, entry));
            let (first, entry) = wanted.next()?;
            let params = entry.topic.parameters().clone();
            let mut topics = vec![first.to_string()];
            let company = if entry.alone { 0 } else { chunk.max(1) - 1 };
            topics.extend(
                wanted
                    .filter(|(_, entry)| !entry.alone && *entry.topic.parameters() == params)
                    .take(company)
                    .map(|(name, _)| name.to_string()),
            );
            Some((topics, params))
        };
        let (topics, params) = of(true).or_else(|| if hold { None } else { of(false) })?;
        self.round += 1;
        for name in &topics {
            if let Some(entry) = self.topics.get_mut(name.as_str()) {
                (entry.stage, entry.round) = (Stage::Asked, self.round);
                entry.tries += 1;
                // What wanted it asked for anew has what it wanted.
                entry.resync = false;
            }
        }
        Some(Chunk { topics, params, round: self.round })
    }

    /// Whether a private topic is to be asked for, now or later.
    pub(crate) fn is_wanted_first(&self, is_private: impl Fn(&str) -> bool) -> bool {
        self.topics.iter().any(|(name, entry)| entry.stage == Stage::Wanted && is_private(name))
    }

    /// Topics that count as asked for were not: others go first.
    pub(crate) fn put_back(&mut self, topics: &[String]) {
        self.dirty = true;
        for name in topics {
            let Some(entry) = self.topics.get_mut(name.as_str()).filter(|entry| entry.stage == Stage::Asked) else {
                continue;
            };
            (entry.stage, entry.tries) = (Stage::Wanted, entry.tries.saturating_sub(1));
            if entry.wanted_by == 0 {
                self.forget(name);
            }
        }
    }

    /// The topics to unsubscribe next: those nobody wants, else those that are to be asked for anew.
    pub(crate) fn next_leaving(&mut self, chunk: usize) -> Option<Vec<String>> {
        let chunk = chunk.max(1);
        let mut topics = Vec::new();
        for (name, leaving) in self.leaving.iter_mut().filter(|(_, leaving)| !leaving.asked).take(chunk) {
            leaving.asked = true;
            topics.push(name.to_string());
        }
        if topics.is_empty() {
            self.topics.each_mut(|name, entry| {
                if entry.stage == Stage::Stale && topics.len() < chunk {
                    entry.stage = Stage::Clearing;
                    topics.push(name.to_string());
                }
            });
        }
        (!topics.is_empty()).then_some(topics)
    }

    /// There is work left.
    pub(crate) fn touch(&mut self) {
        self.dirty = true;
    }

    /// Whether anything has changed since that was last asked.
    #[inline]
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Whether anything has changed since this was last asked, or a topic's time has come, so that there may be work.
    pub(crate) fn take_dirty(&mut self, now: Instant) -> bool {
        if self.resume_at.is_some_and(|at| at <= now) {
            let later = |entry: &Entry| entry.not_before.filter(|_| entry.is_paused(now));
            self.resume_at = self.topics.values().filter_map(later).min();
            self.dirty = true;
        }
        std::mem::take(&mut self.dirty)
    }

    /// When a topic that was refused for the moment may be asked for again.
    pub(crate) fn resume_at(&self) -> Option<Instant> {
        self.resume_at
    }

    /// Tells all who still wait that nothing will come.
    pub(crate) fn end(&mut self, error: &Error) {
        for entry in self.topics.values_mut() {
            entry.answer(&Err(error.clone()));
        }
    }
}

/// How long a caller waits for a topic at most: every retry's time.
pub(crate) fn patience(ack_timeout: Duration, retries: u32, request_timeout: Duration) -> Duration {
    ack_timeout.saturating_mul(retries.saturating_add(1)).max(request_timeout)
}
