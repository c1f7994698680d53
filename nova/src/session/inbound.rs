//! From the socket to what a callback must be told: frames are read, classified by the platform, and served where no callback is
//! needed.

use std::{
    borrow::Cow,
    task::{Context, Poll},
};

use super::{
    engine::{Engine, overrides},
    machine::Trigger,
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    codec::Codec,
    error::{Error, ErrorClass, Result},
    frame::{Close, CloseCode, Frame},
    message::{Envelope, Gap, GapCause, Layout, Outgoing, Raw},
    platform::{Continuity, Inbound, Incoming, Platform},
    shared::Purpose,
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
    verdict::{Beat, Limited},
};

impl<C: Handlers> Engine<C> {
    /// Reads a frame. `Ready` when something was read, with what a callback must be told of it, if anything.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Seen>> {
        if self.is_blocked() {
            self.leg.iter_mut().for_each(|leg| leg.ws.rest());
            self.refuse_deadlocked();
            return Poll::Pending;
        }
        let Some(leg) = &mut self.leg else { return Poll::Pending };
        let read = match leg.ws.poll_arrival(cx) {
            Poll::Ready(Ok(true)) if self.take_whole() => return Poll::Ready(Some(Seen::Message)),
            Poll::Ready(Ok(_)) => match &mut self.leg {
                Some(leg) => leg.poll_next(cx),
                None => return Poll::Ready(None),
            },
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        };
        match read {
            Poll::Pending => {
                self.note_progress();
                Poll::Pending
            }
            Poll::Ready(Ok(frame)) => Poll::Ready(self.take(cx, frame)),
            Poll::Ready(Err(error)) => {
                // What the protocol owes the peer, such as a close frame with the right code, leaves before the link is dropped.
                if let Some(leg) = &mut self.leg {
                    let _ = leg.ws.poll_flush(cx);
                }
                self.unsettled = true;
                self.link_ended(error, Instant::now());
                Poll::Ready(None)
            }
        }
    }

    /// The next message of a burst, if it lies whole in what was read and nothing is to be done before it: it becomes
    /// [`next`](Self::next).
    #[inline]
    pub(super) fn at_hand(&mut self) -> bool {
        let taken = self.burst > 0 && self.take_whole();
        self.burst -= u32::from(taken);
        taken
    }

    /// The short way of most messages.
    fn take_whole(&mut self) -> bool {
        let waits = self.behind || !self.queue.is_empty(false) || self.pressed || self.is_paused();
        if waits || !self.is_settled() || self.is_blocked() {
            return false;
        }
        let Some(leg) = &mut self.leg else { return false };
        let Some(frame) = leg.at_hand() else { return false };
        let first = leg.is_first_of_read();
        let now = leg.read_at();
        if first {
            self.alive(now);
        }
        let seen = self.message_of(frame, now);
        // What it has left behind for the client is older: a hole before it.
        if matches!(seen, Some(Seen::Message)) && self.queue.is_empty(false) {
            return true;
        }
        self.kept(seen);
        false
    }

    /// The same while a callback is pending: what a callback must be told is kept for it, within bounds.
    pub(super) fn poll_read_behind(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_read(cx).map(|seen| {
            if let Some(seen) = seen {
                self.keep(seen);
            }
        })
    }

    /// Bytes of a message that is still arriving are life too.
    fn note_progress(&mut self) {
        let Some(leg) = &mut self.leg else { return };
        if leg.ws.in_message() {
            let now = Instant::now();
            if leg.heard() {
                leg.heartbeat.alive(now);
            }
            if leg.message_since.is_none() {
                leg.message_since = Some(now);
                self.unsettled = true;
            }
        } else {
            leg.message_since = None;
        }
    }

    fn take(&mut self, cx: &mut Context<'_>, frame: Frame) -> Option<Seen> {
        let Some(leg) = &mut self.leg else { return None };
        let now = leg.read_at();
        // Control frames may stand between the fragments of a message: its time runs on.
        if frame.is_data() || !leg.ws.in_fragments() {
            leg.message_since = None;
        }
        self.unsettled |= !frame.is_data();
        match frame {
            Frame::Pong(payload) => {
                // Only the pong that was asked for is life: others could hide that the link is dead one way.
                if leg.ping.is_some_and(|ping| payload == ping[..]) {
                    leg.ping = None;
                    leg.heartbeat.answered(now);
                    self.alive(now);
                }
                None
            }
            Frame::Ping(_) => {
                self.alive(now);
                None
            }
            Frame::Close(close) => {
                leg.close.clone_from(&close);
                let answered = leg.closing;
                let _ = leg.ws.poll_flush(cx);
                if answered {
                    self.step(Trigger::Finished, Cause::Finished { clean: true }, now);
                } else {
                    let error = match close {
                        Some(Close { code: CloseCode::TOO_BIG, reason }) => {
                            let largest = self.shared.outbox().largest();
                            let reason = format!("{}; the largest message sent had {largest} bytes", reason.as_str());
                            Error::closed(CloseCode::TOO_BIG, reason.trim_start_matches("; "))
                        }
                        Some(close) => Error::closed(close.code, close.reason.as_str()),
                        None => Error::closed(CloseCode::NO_STATUS, ""),
                    };
                    self.link_ended(self.concealing(error), now);
                }
                None
            }
            frame => {
                self.alive(now);
                self.other_message(frame, now)
            }
        }
    }

    /// A data frame: what does it mean, and what follows from it?
    #[inline(always)]
    fn message_of(&mut self, frame: Frame, now: Instant) -> Option<Seen> {
        let unpacked = match self.shared.platform.unpack(&mut self.memory, &frame) {
            Ok(Some(Cow::Borrowed(_))) => frame,
            Ok(Some(Cow::Owned(unpacked))) => unpacked,
            Ok(None) => return None,
            Err(error) => {
                self.failed(error, now);
                return None;
            }
        };
        let seen = self.data(unpacked, now);
        match self.shared.platform.held(&mut self.memory) {
            Some(next) => self.followed(seen, next, now),
            None => seen,
        }
    }

    /// The link is gone.
    fn link_ended(&mut self, error: Error, now: Instant) {
        match self.machine.state() {
            State::Closing if matches!(error, Error::Closed { .. }) => {
                self.step(Trigger::Finished, Cause::Finished { clean: true }, now);
            }
            _ => self.failed(error, now),
        }
    }

    /// A sign of life.
    fn alive(&mut self, now: Instant) {
        let Some(leg) = &mut self.leg else { return };
        if let Some(after) = leg.heartbeat.alive(now) {
            (self.relax, self.unsettled) = (true, true);
            self.beat(Beat::Answered { after });
        }
    }

    pub(super) fn beat(&mut self, beat: Beat) {
        self.shared.telemetry.emit(Event::Heartbeat(beat));
        if overrides::<C>("HeartbeatHandler") {
            self.queue.push(Seen::Beat(beat));
        }
    }

    /// What came another way than the [short](Self::take_whole) one: compiled once, for all of those.
    #[inline(never)]
    fn other_message(&mut self, frame: Frame, now: Instant) -> Option<Seen> {
        self.message_of(frame, now)
    }

    /// A data frame: what does it mean?
    #[inline(always)]
    pub(super) fn data(&mut self, frame: Frame, now: Instant) -> Option<Seen> {
        let opened = self.shared.codec.open(&frame);
        let opened = opened.as_deref().map_err(String::as_str);
        let incoming = Incoming::opened(&frame, opened);
        let received = self.shared.platform.receive(&mut self.memory, incoming);
        if let Some(news) = self.shared.platform.limit_news(&mut self.memory) {
            self.unsettled = true;
            self.heed_limits(news, now);
        }
        match received {
            // Of every frame but few: it becomes the message as it is, without a copy of what refers to it.
            Ok(Inbound::Message { envelope, continuity }) if !self.decisions.echo => {
                if !self.passes(&envelope, continuity, now) {
                    return None;
                }
                let layout = Layout::of(&envelope);
                self.pass(Raw::laid_out(frame, layout), now)
            }
            Ok(inbound) => self.meant(&frame, inbound, now),
            // While a login is under way its answer may be what could not be read: nobody else sees that.
            Err(error) if self.login.is_pending() => {
                self.report(error.withholding());
                None
            }
            Err(error) => {
                let raw = Raw::new(&Envelope::whole(&frame, opened.ok()));
                Some(Seen::Undecodable(Box::new((raw, error))))
            }
        }
    }

    pub(super) fn meant(&mut self, frame: &Frame, inbound: Inbound<'_>, now: Instant) -> Option<Seen> {
        self.unsettled |= !matches!(inbound, Inbound::Reply { .. });
        match inbound {
            Inbound::Message { envelope, continuity } => {
                if self.decisions.echo {
                    self.echo(frame);
                }
                return self.message(&envelope, continuity, now);
            }
            Inbound::Reply { id, result } => {
                let result = result.map(str::to_owned).map_err(|error| self.concealing(error));
                self.reply(id, result, now);
            }
            Inbound::Subscription(response) => self.subscription_response(response, None, now),
            Inbound::Left(topics) => self.topics.left(&topics),
            Inbound::Auth(response) => self.login_response(response.mark_refresh(self.login.holds()), now),
            Inbound::Admitted { response, envelope, gap } => {
                self.login_response(response.mark_refresh(self.login.holds()), now);
                if gap {
                    let topic = envelope.channel().unwrap_or_default().into();
                    self.gap(Gap::new(topic, self.machine.epoch(), None, GapCause::Reconnected));
                }
                return self.message(&envelope, Continuity::Follows, now);
            }
            Inbound::Hello { heartbeat } => self.hello(heartbeat, now),
            Inbound::Beat => {
                if let Some(leg) = &mut self.leg {
                    leg.heartbeat.answered(now);
                }
            }
            Inbound::Reflex(outgoing) => {
                let timeout = self.shared.config.load().connection.request_timeout;
                if let Err(error) = self.shared.submit_now(outgoing, Purpose::Nobody, timeout) {
                    self.report(error);
                }
                self.beat(Beat::Asked);
            }
            Inbound::Acknowledge { ack, envelope } => {
                self.acknowledge(ack);
                return self.message(&envelope?, Continuity::Follows, now);
            }
            Inbound::Asked { key, within, envelope } => {
                self.owe(key, within, now);
                return self.message(&envelope, Continuity::Follows, now);
            }
            Inbound::Renew => self.recalled = true,
            Inbound::Reconnect => self.failed(Error::Recalled, now),
            Inbound::Broken(error) => self.failed(self.concealing(error), now),
            Inbound::Error(error) => {
                let error = self.concealing(error);
                self.heed_refusal(&error, now);
                self.report(error);
            }
            Inbound::Presence(news) => self.present(news),
            Inbound::Alive | Inbound::Ignored => {}
        }
        None
    }

    fn message(&mut self, envelope: &Envelope<'_>, continuity: Continuity, now: Instant) -> Option<Seen> {
        if self.passes(envelope, continuity, now) { self.pass(Raw::new(envelope), now) } else { None }
    }

    /// Hands a message on, unless it waits because its topic is thinned.
    #[inline(always)]
    fn pass(&mut self, message: Raw, now: Instant) -> Option<Seen> {
        if self.topics.thins() && message.channel().is_some_and(|channel| self.topics.is_thinned(channel)) {
            return self.thinned(message, now);
        }
        self.next = Some(message);
        Some(Seen::Message)
    }

    /// Whether a message goes to the client; holes before it are told.
    #[inline(always)]
    fn passes(&mut self, envelope: &Envelope<'_>, continuity: Continuity, now: Instant) -> bool {
        let Some(channel) = envelope.channel() else { return true };
        match continuity {
            Continuity::Stale => return false,
            Continuity::Hole { expected, found } => {
                let since = self.topics.last_message(channel);
                let cause = GapCause::Sequence { expected, found };
                self.gap(Gap::new(channel.into(), self.machine.epoch(), since, cause));
                return false;
            }
            Continuity::Resumes => self.topics.resumed(channel),
            Continuity::Follows | Continuity::Restarts => {}
        }
        if let Some(gapped) = self.topics.message(channel, now) {
            self.gap(Gap::new(channel.into(), self.machine.epoch(), gapped.since, gapped.cause));
        }
        true
    }

    /// The answer to a call.
    fn reply(&mut self, id: u64, result: Result<String>, now: Instant) {
        let Some(call) = self.shared.outbox().calls.take(id) else {
            return self.shared.telemetry.emit(Event::Orphan { id });
        };
        if let Err(error) = &result {
            self.unsettled = true;
            self.heed(error, now);
        }
        let Some((purpose, result)) = self.shared.resolve(id, call, result, now) else { return };
        self.unsettled = true;
        match purpose {
            Purpose::Caller(_) | Purpose::Nobody | Purpose::Owed(_) => {}
            Purpose::Login { refresh } => self.login_answered(refresh, &result, now),
            Purpose::Prepare => self.prepared(result, now),
            Purpose::Inquiry { tag } => self.informed(tag, &result, now),
            Purpose::Subscribe { topics, round } => self.subscribe_answered((&topics, round), &result, now),
            Purpose::Unsubscribe(topics) => self.topics.left(&topics),
        }
    }

    /// What a refusal says beyond its own call: "too many requests" is the limiter's, "not logged in" renews a login that was
    /// thought to hold.
    fn heed(&mut self, error: &Error, now: Instant) {
        self.heed_refusal(error, now);
        if let Error::Platform { class: ErrorClass::Authentication, .. } = error {
            self.renew_doubted_login(now);
        }
    }

    /// The echo strategy: every message is sent back. Replies, acknowledgements and heartbeats are no messages: a venue that got them
    /// back would answer them, without end.
    fn echo(&mut self, frame: &Frame) {
        let outgoing = match frame {
            Frame::Text(text) => Outgoing::from(text.clone()),
            frame => Outgoing::from(frame.payload().to_vec()),
        };
        let timeout = self.shared.config.load().connection.request_timeout;
        if let Err(error) = self.shared.submit_now(outgoing, Purpose::Nobody, timeout) {
            self.report(error);
        }
    }

    /// What the cluster says.
    pub(super) fn listen(&mut self, cx: &mut Context<'_>) {
        while let Some(membership) = &mut self.cluster {
            let Poll::Ready(event) = membership.events.poll_recv(cx) else { return };
            match event {
                Some(crate::cluster::ClusterEvent::Node(transition)) => {
                    let joined = matches!(transition, crate::NodeTransition::Joined(_));
                    self.queue.push(Seen::Node(transition));
                    if joined && self.machine.state().is_ready() {
                        self.queue.push(Seen::Sync);
                    }
                }
                Some(crate::cluster::ClusterEvent::Update(update)) => self.queue.push(Seen::Update(update)),
                Some(crate::cluster::ClusterEvent::Missed { words, .. }) => {
                    self.shared.telemetry.emit(Event::Dropped { messages: words });
                }
                None => self.cluster = None,
            }
        }
    }

    /// Words of the limiter for `handle_limited`.
    pub(super) fn tell_limited(&mut self, limited: impl IntoIterator<Item = Limited>) {
        for limited in limited {
            self.shared.telemetry.emit(Event::Limited(limited.clone()));
            if overrides::<C>("RateLimitHandler") {
                self.queue.push(Seen::Limited(limited));
            }
        }
    }
}
