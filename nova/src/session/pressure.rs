//! Messages that come faster than they are taken: where they wait, when reading rests for them, and who is told.

use std::borrow::Cow;

use super::{
    attend::ask,
    engine::{Engine, overrides},
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    config::{Config, Overflow},
    context::View,
    error::Error,
    message::Raw,
    shared::{Inbox, Purpose, Shared},
    telemetry::Event,
    time::Instant,
    verdict::Pressure,
};

impl<C: Handlers> Engine<C> {
    /// Whether the consumer has paused delivery. What still waits at the end of the client is delivered then.
    #[inline]
    pub(super) fn is_paused(&self) -> bool {
        self.shared.streams.is_paused() && !self.is_over()
    }

    /// Keeps what cannot be told now, within bounds.
    pub(super) fn keep(&mut self, seen: Seen) {
        let config = self.config();
        let shared = self.shared.clone();
        let view = View::<C>::new(&shared.platform, &config);
        let key = |raw| key(&shared, &config, raw);
        // Its own payload: what waits must not keep a whole read buffer alive.
        let (key, seen) = match seen {
            Seen::Kept(raw) => (key(&raw), Seen::Kept(raw.detached())),
            Seen::Undecodable(mut unread) => {
                unread.0 = unread.0.detached();
                (key(&unread.0), Seen::Undecodable(unread))
            }
            seen => return self.queue.push(seen),
        };
        self.queue.push_message(seen, key.as_deref(), |queue| C::overflow(queue, view));
    }

    /// Keeps the message whose turn it was, if it is one.
    pub(super) fn keep_next_if(&mut self, is_message: bool) {
        if is_message && let Some(message) = self.next.take() {
            self.keep(Seen::Kept(message));
        }
    }

    /// Whether reading rests until a consumer has caught up.
    ///
    /// Not while a connection is being made or closed, nor while a call is open, or its caller might wait for itself: then it goes on
    /// until twice as much waits as may.
    #[inline(always)]
    pub(super) fn is_blocked(&self) -> bool {
        let block = self.settings.backpressure.overflow == Overflow::Block;
        (block || overrides::<C>("BackpressureHandler")) && self.rests(block)
    }

    fn rests(&self, block: bool) -> bool {
        let (inbox, streams) = (&self.shared.inbox, &self.shared.streams);
        let rests = self.queue.fill().rests(block) || inbox.rests(block) || streams.any(|stream| stream.rests(block));
        rests && (self.may_rest() || self.is_overrun())
    }

    fn may_rest(&self) -> bool {
        self.machine.state().is_ready() && !self.shared.outbox().calls.has_callers()
    }

    fn is_overrun(&self) -> bool {
        let (inbox, streams) = (&self.shared.inbox, &self.shared.streams);
        self.queue.is_overrun() || inbox.is_overrun() || streams.any(Inbox::is_overrun)
    }

    /// Reading rests: whoever waits for an answer may be who would have to take something first.
    pub(super) fn refuse_deadlocked(&mut self) {
        let calls = self.shared.outbox().calls.take_callers();
        for (id, call) in calls {
            debug_assert!(matches!(call.purpose, Purpose::Caller(_)), "the engine's own are not callers");
            self.shared.resolve(id, call, Err(Error::WouldDeadlock), Instant::now());
        }
    }

    /// Takes note of buffers that fill and of messages that were dropped.
    #[inline]
    pub(crate) fn note_pressure(&mut self) {
        let (inbox, streams) = (&self.shared.inbox, &self.shared.streams);
        if inbox.has_news() || self.queue.fill().has_news() || streams.any(Inbox::has_news) {
            self.heed_pressure();
        }
    }

    #[cold]
    fn heed_pressure(&mut self) {
        self.unsettled = true;
        let shared = self.shared.clone();
        let (inbox, streams) = (&shared.inbox, &shared.streams);
        let of_streams: u64 = streams.all().iter().map(|stream| stream.dropped()).sum();
        self.losses.add(inbox.dropped() + self.queue.dropped() + of_streams);
        self.throttled = self.queue.fill().is_throttled() || inbox.is_throttled() || streams.any(Inbox::is_throttled);
        self.burst = self.burst.min(self.share());
        if overrides::<C>("BackpressureHandler") {
            self.pressed = true;
        } else {
            while self.next_mark().is_some() {}
        }
        self.tick_losses(Instant::now());
    }

    /// Tells how many messages were dropped, where that is due. What is dropped at the very end is told in one word with the last.
    pub(super) fn tick_losses(&mut self, now: Instant) {
        if !self.is_over()
            && let Some(messages) = self.losses.take(now)
        {
            self.tell_losses(messages);
        }
    }

    fn tell_losses(&mut self, messages: u64) {
        self.shared.telemetry.emit(Event::Dropped { messages });
        if overrides::<C>("BackpressureHandler") {
            self.dropped += messages;
            self.pressed = true;
        }
    }

    /// The last word, after which nothing is dropped any more; whether there was anything to tell.
    pub(super) fn tell_last_losses(&mut self) -> bool {
        let rest = self.losses.take_rest();
        rest.inspect(|messages| self.tell_losses(*messages)).is_some()
    }

    /// The next word for `handle_pressure`: of the marks as they stand now that it can be told, then of what was dropped.
    #[inline]
    pub(super) fn next_pressure(&mut self) -> Option<Pressure> {
        if !self.pressed {
            return None;
        }
        let mark = self.next_mark();
        let messages = if mark.is_none() { std::mem::take(&mut self.dropped) } else { 0 };
        let word = mark.or((messages > 0).then_some(Pressure::Dropped { messages }));
        self.pressed = word.is_some();
        word
    }

    fn next_mark(&mut self) -> Option<Pressure> {
        let (inbox, streams) = (&self.shared.inbox, &self.shared.streams);
        let of_queue = self.queue.mark();
        of_queue.or_else(|| inbox.mark()).or_else(|| streams.all().iter().find_map(|stream| stream.mark()))
    }
}

/// What a message is the latest of, where messages may be conflated.
#[inline]
pub(super) fn key<C: Handlers>(shared: &Shared<C>, config: &Config, message: &Raw) -> Option<String> {
    if Shared::<C>::conflates(config) { conflation_key(shared, config, message) } else { None }
}

fn conflation_key<C: Handlers>(shared: &Shared<C>, config: &Config, message: &Raw) -> Option<String> {
    let view = View::<C>::new(&shared.platform, config);
    // One whose key cannot be told is dropped like any other.
    ask("conflation_key", || C::conflation_key(message, view).map(Cow::into_owned)).ok().flatten()
}
