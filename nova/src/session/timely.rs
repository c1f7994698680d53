//! What of topics depends on time: messages of thinned ones that may pass, silence that has lasted too long, pauses that are over.

use super::{engine::Engine, seen::Seen, subscriptions::Passing};
use crate::{
    behaviour::Handlers,
    error::Error,
    message::{Dropped, Raw},
    state::State,
    telemetry::Event,
    time::{Instant, earlier},
};

impl<C: Handlers> Engine<C> {
    /// Whether topics are asked for in the present state.
    pub(super) fn serves_topics(&self) -> bool {
        self.is_prepared() && matches!(self.machine.state(), State::Restoring | State::Ready { .. })
    }

    /// The first moment at which something about topics is due.
    pub(super) fn topics_deadline(&self) -> Option<Instant> {
        let passes_at = self.topics.passes_at().filter(|_| !self.behind);
        if !self.serves_topics() {
            return passes_at;
        }
        earlier(passes_at, earlier(self.topics.resume_at(), self.topics.stale_at()))
    }

    /// Does what is due about topics.
    pub(super) fn tick_topics(&mut self, now: Instant) {
        self.pass_topics(now);
        if !self.serves_topics() || self.topics.stale_at().is_none_or(|at| at > now) {
            return;
        }
        if self.is_blocked() {
            // Their messages lie unread because nobody here takes them.
            self.topics.excuse(now);
        }
        let mut in_vain = None;
        for silent in self.topics.silent(now) {
            if silent.again {
                in_vain.get_or_insert(Error::Stale { topic: silent.topic, silent: silent.after });
            } else {
                self.shared.telemetry.emit(Event::Stale { topic: silent.topic, silent: silent.after });
            }
        }
        if let Some(error) = in_vain {
            self.failed(error, now);
        }
    }

    /// A message of a topic, unless it is thinned and this one has to wait.
    #[cold]
    pub(super) fn thinned(&mut self, message: Raw, now: Instant) -> bool {
        self.unsettled = true;
        let Some(passing) = self.topics.thin(message, !self.behind, now) else { return false };
        self.tell_skipped(&passing);
        self.next = Some(passing.message);
        true
    }

    /// Hands on the messages whose moment has come. While the client is busy they wait, and later ones take their place.
    pub(super) fn pass_topics(&mut self, now: Instant) {
        while !self.behind
            && let Some(passing) = self.topics.pass(now)
        {
            self.hand_on(passing);
        }
    }

    /// Hands on a message that was kept.
    pub(super) fn hand_on(&mut self, passing: Passing) {
        self.tell_skipped(&passing);
        self.keep(Seen::Kept(passing.message));
    }

    fn tell_skipped(&mut self, Passing { topic, skipped, .. }: &Passing) {
        if *skipped > 0 {
            self.losses.add(*skipped);
            self.queue.push(Seen::Dropped(Dropped::new(Some(topic.clone()), *skipped)));
        }
    }
}
