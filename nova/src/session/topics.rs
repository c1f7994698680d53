//! Topics on the wire: asked for in chunks, at the venue's pace, and confirmed by what the venue lists.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::oneshot;

use super::{
    attend::ask,
    engine::{Engine, overrides},
    seen::Seen,
    subscriptions::{Chunk, Passing, Settled, Subscriptions, Waiter},
};
use crate::{
    behaviour::Handlers,
    context::Lent,
    error::{Error, Result},
    flow::Priority,
    message::{Gap, Outgoing, Topic},
    platform::{Platform, PlatformSpec, SubscriptionResponse},
    shared::{Call, Purpose, lock},
    state::State,
    telemetry::Event,
    time::Instant,
};

/// A request that waits for room under the venue's limit.
pub(super) struct Held {
    outgoing: Outgoing,
    purpose: Purpose,
    pub(super) until: Instant,
}

impl Held {
    fn topics(&self) -> Vec<String> {
        match &self.purpose {
            Purpose::Subscribe { topics, .. } | Purpose::Unsubscribe(topics) => topics.clone(),
            _ => Vec::new(),
        }
    }
}

impl<C: Handlers> Engine<C> {
    pub(super) fn want(&mut self, topic: Topic, done: Option<Waiter>, now: Instant) {
        let name = topic.shared_name().clone();
        let wanted = self.topics.want(topic, C::Platform::SPEC.bounds.topics, now);
        self.noted(&name, wanted, done);
    }

    pub(super) fn want_anew(&mut self, topic: Topic, done: Waiter, now: Instant) {
        let name = topic.shared_name().clone();
        let wanted = self.topics.want_anew(topic, now);
        self.noted(&name, wanted, Some(done));
    }

    /// A topic is wanted, or cannot be.
    fn noted(&mut self, topic: &str, wanted: Result<Option<Passing>>, done: Option<Waiter>) {
        self.wanted_changed = true;
        match (wanted, done) {
            (Ok(released), done) => {
                if let Some(passing) = released {
                    self.hand_on(passing);
                }
                if let Some(done) = done {
                    self.topics.tell_when_confirmed(topic, done);
                }
            }
            (Err(error), Some(done)) => drop(done.send(Err(error))),
            (Err(error), None) => self.report(error),
        }
    }

    pub(super) fn unwant(&mut self, topic: &str, done: Option<oneshot::Sender<Result<()>>>) {
        self.topics.unwant(topic);
        self.wanted_changed = true;
        if let Some(done) = done {
            let _ = done.send(Ok(()));
        }
    }

    /// Tells the handles which topics are wanted: once a wake, however many have changed.
    pub(super) fn publish_wanted(&mut self) {
        if !std::mem::take(&mut self.wanted_changed) {
            return;
        }
        *lock(&self.shared.wanted) = self.topics.wanted().cloned().collect();
    }

    /// Asks for topics and leaves others, as far as the venue's limit allows now.
    pub(super) fn work_topics(&mut self, now: Instant) {
        // Asked whatever waits: a topic's time that has come is no reason to wake any more.
        if !self.serves_topics() || !(self.topics.take_dirty(now) || self.held.is_some()) {
            return;
        }
        self.put_back_overtaking();
        while self.is_prepared()
            && let Some(held) = self.held.take().map(|held| *held).or_else(|| self.next_request(now))
        {
            let charge = self.charge(&held.outgoing);
            let wait = self.shared.outbox().budget.topics.wait(Priority::Subscribe, charge, now);
            match wait {
                Ok(wait) if wait.is_zero() => self.send_request(held, now),
                Ok(wait) => {
                    self.shared.outbox().budget.topics.line_up(Priority::Subscribe, charge);
                    self.held = Some(Box::new(Held { until: now + wait, ..held }));
                    return self.topics.touch();
                }
                Err(error) => self.refuse_all(&held.topics(), &error, now),
            }
        }
        self.check_restored(now);
    }

    /// A public chunk that waits for room lets a private one go first that has to be asked for again.
    fn put_back_overtaking(&mut self) {
        let Some(Held { purpose: Purpose::Subscribe { topics, .. }, .. }) = self.held.as_deref() else { return };
        let is_private = |topic: &str| self.shared.platform.is_private(topic);
        let is_public = !topics.iter().any(|topic| is_private(topic));
        if is_public && self.machine.state() == State::Restoring && self.topics.is_wanted_first(is_private) {
            self.topics.put_back(topics);
            self.held = None;
            self.shared.outbox().budget.topics.leave();
        }
    }

    /// The next chunk to leave or to ask for, if there is one.
    fn next_request(&mut self, now: Instant) -> Option<Held> {
        let config = self.config();
        let chunk = usize::try_from(config.subscriptions.chunk).unwrap_or(usize::MAX);
        let shared = self.shared.clone();
        while let Some(topics) = self.topics.next_leaving(chunk) {
            let names: Vec<&str> = topics.iter().map(String::as_str).collect();
            let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
            if let Ok(outgoing) = ask("unsubscribe", || C::unsubscribe(&names, &mut lent)).and_then(|told| told) {
                return Some(Held { outgoing, purpose: Purpose::Unsubscribe(topics), until: now });
            }
            // A venue that cannot be told simply goes on sending.
            self.topics.left(&topics);
        }
        loop {
            let is_private = |topic: &str| shared.platform.is_private(topic);
            let restoring = self.machine.state() == State::Restoring;
            let Chunk { topics, params, round } = self.topics.next_chunk(chunk, is_private, restoring, now)?;
            let names: Vec<&str> = topics.iter().map(String::as_str).collect();
            let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
            match ask("subscribe", || C::subscribe(&names, &params, &mut lent)).and_then(|told| told) {
                Ok(outgoing) => {
                    return Some(Held { outgoing, purpose: Purpose::Subscribe { topics, round }, until: now });
                }
                Err(error) => self.refuse_all(&topics, &error, now),
            }
        }
    }

    fn send_request(&mut self, held: Held, now: Instant) {
        let allowed = self.config().subscriptions.ack_timeout;
        let topics = held.topics();
        let Held { outgoing, purpose, .. } = held;
        self.shared.outbox().budget.topics.leave();
        let round = match purpose {
            Purpose::Subscribe { round, .. } => Some(round),
            _ => None,
        };
        match self.shared.submit_now(outgoing, purpose, allowed) {
            Ok(Some(_)) => {}
            // Not a call, so no answer bears its number: the deadline is kept under a number of its own.
            Ok(None) => {
                let id = self.shared.next_id();
                let mut outbox = self.shared.outbox();
                let (what, purpose) = match round {
                    Some(round) => ("subscribe", Purpose::Subscribe { topics: topics.clone(), round }),
                    None => ("unsubscribe", Purpose::Unsubscribe(topics.clone())),
                };
                outbox.calls.insert(id, Call::new(purpose, what, allowed, now));
                drop(outbox);
                if round.is_none() {
                    self.topics.left(&topics);
                }
            }
            Err(error) => self.refuse_all(&topics, &error, now),
        }
    }

    fn refuse_all(&mut self, topics: &[String], error: &Error, now: Instant) {
        let rejected = topics.iter().map(|topic| (topic.clone(), error.clone())).collect();
        self.subscription_response(SubscriptionResponse::refused(rejected), None, now);
    }

    /// The answer to a subscribe that was a call.
    pub(super) fn subscribe_answered(
        &mut self,
        (topics, round): (&[String], u64),
        result: &Result<String>,
        now: Instant,
    ) {
        let asked: Vec<&str> = topics.iter().map(String::as_str).collect();
        let reply = result.as_deref().map_err(Clone::clone);
        let response = self.shared.platform.subscribed(&mut self.memory, &asked, reply);
        self.subscription_response(response, Some(round), now);
        // What came before the answer that makes it understood comes now.
        self.release_held(now);
    }

    /// Whether a request was acknowledged in words that bear no number, so that its deadline means nothing any more.
    pub(super) fn is_acknowledged(&self, purpose: &Purpose) -> bool {
        match purpose {
            Purpose::Subscribe { topics, round } => !self.topics.awaits(topics, *round),
            Purpose::Unsubscribe(topics) => !self.topics.is_leaving(topics),
            _ => false,
        }
    }

    /// No acknowledgement came in time.
    pub(super) fn subscribe_timed_out(&mut self, (topics, round): (&[String], u64), error: &Error, now: Instant) {
        let retries = self.config().subscriptions.retries;
        let mut settled = Vec::new();
        for topic in topics.iter().filter(|topic| !self.topics.asked_since(topic, round)).collect::<Vec<_>>() {
            settled.extend(self.topics.unanswered(topic, retries, error, now));
        }
        self.tell(settled, now);
    }

    /// The venue's word on topics, where it is known as the answer to the request of a `round`. It says nothing about topics that were
    /// asked for again since.
    pub(super) fn subscription_response(&mut self, response: SubscriptionResponse, round: Option<u64>, now: Instant) {
        let fresh = |topics: &Subscriptions, topic: &str| round.is_none_or(|round| !topics.asked_since(topic, round));
        let confirmed: Vec<&String> = response.confirmed.iter().filter(|topic| fresh(&self.topics, topic)).collect();
        let mut settled = self.topics.confirmed(confirmed, now);
        for topic in response.apart.iter().filter(|topic| fresh(&self.topics, topic)).collect::<Vec<_>>() {
            self.topics.set_apart(topic);
        }
        let retries = self.config().subscriptions.retries;
        for (topic, error) in &response.rejected {
            if !fresh(&self.topics, topic) {
                continue;
            }
            settled.extend(if error.is_transient() {
                self.topics.unanswered(topic, retries, error, now)
            } else {
                self.wanted_changed = true;
                self.topics.rejected(topic, error)
            });
            if self.topics.ended(topic) {
                self.report(error.clone());
            }
        }
        if overrides::<C>("SubscriptionHandler") {
            self.queue.push(Seen::Subscription(response));
        }
        self.tell(settled, now);
    }

    fn tell(&mut self, settled: Vec<Settled>, now: Instant) {
        let mut topics: Vec<Arc<str>> = Vec::new();
        for settled in settled {
            match settled {
                Settled::Confirmed(topic) => topics.push(topic),
                Settled::Quarantined(topic, error) => {
                    self.shared.telemetry.emit(Event::Quarantined { topic, error: error.clone() });
                    self.report(error);
                }
                Settled::Rejected(topic, error) => {
                    if !self.topics.is_wanted(&topic) {
                        self.shared.streams.end_topic(&topic);
                    }
                    self.shared.telemetry.emit(Event::Rejected { topic, error: error.clone() });
                    self.report(error);
                }
            }
        }
        if !topics.is_empty() {
            self.shared.confirmed.fetch_add(topics.len() as u64, Ordering::Relaxed);
            self.shared.telemetry.emit(Event::Subscribed { topics });
        }
        self.check_restored(now);
    }

    /// There is a hole in a topic; the handler says how to close it.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.shared.telemetry.emit(Event::Gap(gap.clone()));
        self.queue.push(Seen::Gap(gap));
    }

    /// A hole is to be closed by subscribing anew.
    pub(crate) fn resync(&mut self, topic: &str) {
        self.topics.resync(topic);
    }
}
