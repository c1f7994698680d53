//! What the venue says to topics, and what its silence says.

use std::time::Duration;

use super::{
    Subscriptions,
    entry::{Settled, Stage},
};
use crate::{error::Error, message::GapCause, time::Instant};

/// How long a topic is left alone after the venue refused it for the moment. Asked again at once, it would be refused again at once.
const PAUSE: Duration = Duration::from_secs(1);

/// Topics refused for good that are remembered.
const REMEMBERED: usize = 1_024;

impl Subscriptions {
    /// The venue lists topics as being in effect.
    pub(crate) fn confirmed<'l>(&mut self, listed: impl IntoIterator<Item = &'l String>, now: Instant) -> Vec<Settled> {
        let (mut settled, mut stale_at) = (Vec::new(), Vec::new());
        for name in listed {
            let Some(entry) = self.topics.get_mut(name.as_str()).filter(|entry| entry.stage == Stage::Asked) else {
                continue;
            };
            self.dirty = true;
            (entry.tries, entry.strikes, entry.failure, entry.alone) = (0, 0, None, false);
            if std::mem::take(&mut entry.resync) {
                entry.stage = Stage::Stale;
            } else {
                entry.stage = Stage::Confirmed;
                entry.silence.since = Some(now);
                stale_at.push(entry.stale_at(self.stale_after));
            }
            entry.answer(&Ok(()));
            if entry.wanted_by == 0 {
                self.forget(name);
                continue;
            }
            settled.push(Settled::Confirmed(entry.topic.shared_name().clone()));
        }
        self.look_at(stale_at.into_iter().flatten().min());
        settled
    }

    /// The venue refused a topic: it is wanted no more.
    pub(crate) fn rejected(&mut self, topic: &str, error: &Error) -> Option<Settled> {
        if self.topics.get(topic)?.stage != Stage::Asked {
            return None;
        }
        let (name, mut entry) = self.take(topic)?;
        entry.answer(&Err(error.clone()));
        if self.refused.len() == REMEMBERED {
            self.refused.pop_front();
        }
        self.refused.push_back((name.clone(), error.clone()));
        Some(Settled::Rejected(name, error.clone()))
    }

    /// The venue did not answer in time, or refused for the moment (then not before a pause): asked again up to `retries` times, then
    /// given up for this connection. A topic that was given up before has one try on each connection, and after as many connections it
    /// is set aside.
    pub(crate) fn unanswered(&mut self, topic: &str, retries: u32, error: &Error, now: Instant) -> Option<Settled> {
        let entry = self.topics.get_mut(topic).filter(|entry| entry.stage == Stage::Asked)?;
        self.dirty = true;
        if entry.wanted_by == 0 {
            self.forget(topic);
            return None;
        }
        entry.failure = Some(error.clone());
        if entry.strikes == 0 && entry.tries <= retries {
            entry.stage = Stage::Wanted;
            if !matches!(error, Error::Timeout { .. }) {
                let again = now + PAUSE;
                entry.not_before = Some(again);
                self.resume_at = Some(self.resume_at.map_or(again, |at| at.min(again)));
            }
            return None;
        }
        entry.strikes += 1;
        let name = entry.topic.shared_name().clone();
        entry.answer(&Err(error.clone()));
        if entry.strikes > retries.max(1) {
            entry.stage = Stage::Quarantined;
            return Some(Settled::Quarantined(name, error.clone()));
        }
        entry.stage = Stage::GivenUp;
        if entry.silence.asked_again {
            // Silent, and then not even answered.
            self.look_at(Some(now));
        }
        Some(Settled::Rejected(name, error.clone()))
    }

    /// The venue refused a topic's request for one of the others in it, or for this one: it is asked for again, alone.
    pub(crate) fn set_apart(&mut self, topic: &str) {
        let Some(entry) = self.topics.get_mut(topic).filter(|entry| entry.stage == Stage::Asked) else { return };
        self.dirty = true;
        if entry.wanted_by == 0 {
            return self.forget(topic);
        }
        (entry.stage, entry.alone) = (Stage::Wanted, true);
    }

    /// The venue confirmed the end of topics, or did not in time: those that were to be asked for anew are.
    pub(crate) fn left(&mut self, topics: &[String]) {
        self.dirty = true;
        for name in topics {
            if self.leaving.get(name.as_str()).is_some_and(|leaving| leaving.asked) {
                self.leaving.remove(name.as_str());
            }
            if let Some(entry) = self.topics.get_mut(name.as_str())
                && entry.stage == Stage::Clearing
            {
                (entry.stage, entry.tries) = (Stage::Wanted, 0);
            }
        }
    }

    /// There is a hole in a topic that is to be closed by subscribing anew.
    pub(crate) fn resync(&mut self, topic: &str) {
        self.dirty = true;
        match self.topics.get_mut(topic) {
            Some(entry) if entry.stage == Stage::Confirmed => entry.stage = Stage::Stale,
            Some(entry) if entry.stage == Stage::Asked => entry.resync = true,
            _ => {}
        }
    }

    /// There is a hole in a topic that only the client can see: what is asked for anew comes behind a gap.
    pub(crate) fn doubted(&mut self, topic: &str) {
        if let Some(entry) = self.topics.get_mut(topic).filter(|entry| entry.stage == Stage::Confirmed) {
            entry.mark_gap(GapCause::Resubscribed);
        }
        self.resync(topic);
    }

    /// The venue ended a topic that was in effect: it is asked for again. Whether it was in effect.
    pub(crate) fn ended(&mut self, topic: &str) -> bool {
        let Some(entry) = self.topics.get_mut(topic).filter(|entry| entry.stage == Stage::Confirmed) else {
            return false;
        };
        entry.stage = Stage::Wanted;
        self.dirty = true;
        entry.mark_gap(GapCause::Resubscribed);
        true
    }

    /// Whether a topic was asked for again after the request of a round, whose answer then says nothing of it any more.
    pub(crate) fn asked_since(&self, topic: &str, round: u64) -> bool {
        self.topics.get(topic).is_some_and(|entry| entry.round > round)
    }

    /// Whether the answer to the request of a round still matters to one of its topics.
    pub(crate) fn awaits(&self, topics: &[String], round: u64) -> bool {
        let mut entries = topics.iter().filter_map(|topic| self.topics.get(topic.as_str()));
        entries.any(|entry| entry.stage == Stage::Asked && entry.round == round)
    }

    /// Whether one of these topics is being left.
    pub(crate) fn is_leaving(&self, topics: &[String]) -> bool {
        let clearing = |topic: &str| self.topics.get(topic).is_some_and(|entry| entry.stage == Stage::Clearing);
        let leaving = |topic: &str| self.leaving.get(topic).is_some_and(|leaving| leaving.asked);
        topics.iter().any(|topic| clearing(topic) || leaving(topic))
    }

    /// Whether every wanted topic is confirmed, given up on this connection, or set aside.
    pub(crate) fn is_settled(&self) -> bool {
        self.topics.values().all(|entry| !matches!(entry.stage, Stage::Wanted | Stage::Asked))
    }

    /// Wanted topics that are not in effect.
    pub(crate) fn missing(&self) -> usize {
        let missing = |stage: Stage| matches!(stage, Stage::GivenUp | Stage::Quarantined);
        self.topics.values().filter(|entry| missing(entry.stage)).count()
    }
}
