//! One wanted topic: how far it has come, who waits for it, whether a hole in it is still to be told, how long it has been silent.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use super::super::throttle::Throttle;
use crate::{
    error::{Error, Result},
    message::{GapCause, Raw, Topic, TopicState},
    time::Instant,
};

/// Who waits for a topic's confirmation.
pub(crate) type Waiter = oneshot::Sender<Result<()>>;

/// A topic that has cost links is given up to this many doublings of its time before it costs another.
const DOUBLINGS: u32 = 5;

/// How far a topic has come on the present connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// To be asked for.
    Wanted,
    /// Asked for, not answered.
    Asked,
    /// In effect.
    Confirmed,
    /// Asked for as often as allowed, in vain: left alone on this connection.
    GivenUp,
    /// Given up on one connection after the other: left alone until somebody wants it again.
    Quarantined,
    /// To be unsubscribed and then asked for again.
    Stale,
    /// The unsubscribe before that is under way.
    Clearing,
}

/// One wanted topic.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) topic: Arc<Topic>,
    pub(super) stage: Stage,
    /// How often it was asked for on this connection since it was last confirmed.
    pub(super) tries: u32,
    /// On how many connections in a row it was given up.
    pub(super) strikes: u32,
    /// Why, the last time.
    pub(super) failure: Option<Error>,
    /// Not to be asked for before, because the venue refused it for the moment.
    pub(super) not_before: Option<Instant>,
    /// To be asked for in a request of its own: one that named it with others was refused.
    pub(super) alone: bool,
    /// The request that asked for it last.
    pub(super) round: u64,
    /// How many want it: `unsubscribe` by the last of them leaves it.
    pub(super) wanted_by: usize,
    pub(super) waiters: Vec<Waiter>,
    /// It is to be asked for anew once the venue has answered.
    pub(super) resync: bool,
    /// Messages may be missing before the next one.
    pub(super) gap: Option<Gapped>,
    pub(super) last_message: Option<Instant>,
    pub(super) silence: Silence,
    pub(super) throttle: Option<Throttle<Raw>>,
}

/// How long a topic has been silent, and what was done about it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Silence {
    /// When it was confirmed, or its last message came.
    pub(super) since: Option<Instant>,
    /// It was asked for again, and has been silent since.
    pub(super) asked_again: bool,
    /// How many links were replaced for it in vain.
    pub(super) links: u32,
}

/// A hole that has not been told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gapped {
    pub(crate) since: Option<Instant>,
    pub(crate) cause: GapCause,
}

/// What became of a topic.
#[derive(Debug)]
pub(crate) enum Settled {
    Confirmed(Arc<str>),
    Rejected(Arc<str>, Error),
    Quarantined(Arc<str>, Error),
}

impl Entry {
    pub(super) fn new(topic: Topic, stage: Stage) -> Self {
        Self {
            throttle: topic.spacing().map(Throttle::new),
            topic: Arc::new(topic),
            stage,
            tries: 0,
            strikes: 0,
            failure: None,
            not_before: None,
            alone: false,
            round: 0,
            wanted_by: 0,
            waiters: Vec::new(),
            resync: false,
            gap: None,
            last_message: None,
            silence: Silence::default(),
        }
    }

    /// Takes over what is said of it from now on; the message that was kept, where none are left out any more.
    pub(super) fn describe(&mut self, topic: Topic, now: Instant) -> Option<(Raw, u64)> {
        let spacing = topic.spacing();
        self.topic = Arc::new(topic);
        match (&mut self.throttle, spacing) {
            (Some(throttle), Some(spacing)) => throttle.space(spacing),
            (throttle, spacing) => {
                let mut before = std::mem::replace(throttle, spacing.map(Throttle::new));
                return before.as_mut().and_then(|throttle| throttle.flush(now));
            }
        }
        None
    }

    /// It is asked for as if for the first time.
    pub(super) fn start_anew(&mut self) {
        (self.stage, self.tries, self.strikes, self.not_before) = (Stage::Wanted, 0, 0, None);
    }

    /// Tells all who wait for it.
    pub(super) fn answer(&mut self, result: &Result<()>) {
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(result.clone());
        }
    }

    /// Marks a hole, unless there is one.
    pub(super) fn mark_gap(&mut self, cause: GapCause) {
        self.gap.get_or_insert(Gapped { since: self.last_message, cause });
    }

    /// Whether it may be asked for now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.stage == Stage::Wanted && self.not_before.is_none_or(|at| at <= now)
    }

    /// Whether it waits because the venue has refused it for the moment.
    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.stage == Stage::Wanted && !self.is_due(now)
    }

    /// How long it may be silent.
    pub(super) fn patience(&self, setting: Option<Duration>) -> Option<Duration> {
        Some(self.topic.patience(setting)? * (1 << self.silence.links.min(DOUBLINGS)))
    }

    /// When it has been silent for too long.
    pub(super) fn stale_at(&self, setting: Option<Duration>) -> Option<Instant> {
        let in_vain = self.stage == Stage::GivenUp && self.silence.asked_again;
        if self.stage != Stage::Confirmed && !in_vain {
            return None;
        }
        Some(self.silence.since? + self.patience(setting)?)
    }

    /// How far it has come, for whoever asks.
    pub(super) fn state(&self) -> TopicState {
        let failed = |state: fn(Error) -> TopicState| self.failure.clone().map_or(TopicState::Pending, state);
        match self.stage {
            _ if self.wanted_by == 0 => TopicState::Leaving,
            Stage::Wanted | Stage::Asked | Stage::Stale | Stage::Clearing => TopicState::Pending,
            Stage::Confirmed => TopicState::Confirmed,
            Stage::GivenUp => failed(TopicState::GivenUp),
            Stage::Quarantined => failed(TopicState::Quarantined),
        }
    }
}
