//! From a frame to what a callback must be told: the platform says what it means, and what needs no callback is served here.

use std::task::{Context, Poll};

use super::{
    engine::{BURST, Engine, overrides},
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    codec::Codec,
    error::{Error, ErrorClass, Result},
    frame::Frame,
    message::{Envelope, Gap, GapCause, Layout, Outgoing, Raw},
    platform::{Continuity, Inbound, Incoming, Platform},
    shared::Purpose,
    telemetry::Event,
    time::Instant,
    verdict::{Beat, Limited},
};

/// What an answered caller counts for in a burst beside its frame: a few of them have their turn, and what they send next leaves, while
/// the answers to others are still read. So neither end waits for the other to be through with all.
const CALLER: u32 = BURST / 16 - 1;

impl<C: Handlers> Engine<C> {
    /// A data frame: what does it mean? Whether it is a message for the client, which is the [`next`](Self::next) then.
    #[inline(always)]
    pub(super) fn data(&mut self, mut message: Raw, now: Instant) -> bool {
        let error = 'unread: {
            let layout = {
                let frame = message.frame();
                let opened = self.shared.codec.open(frame);
                let opened = opened.as_deref().map_err(String::as_str);
                let received = self.shared.platform.receive(&mut self.memory, Incoming::opened(frame, opened));
                if let Some(news) = self.shared.platform.limit_news(&mut self.memory) {
                    self.unsettled = true;
                    self.heed_limits(news, now);
                }
                match received {
                    // Of every frame but few: it becomes the message as it is. Bound part by part, because what is moved as a whole
                    // right after its parts were written has to wait for them.
                    Ok(Inbound::Message { envelope: Envelope { frame, text, channel, known, data }, continuity })
                        if !self.decisions.echo =>
                    {
                        if !self.passes(known.as_deref().or(channel), continuity, now) {
                            return false;
                        }
                        Layout::of(Envelope { frame, text, channel, known, data })
                    }
                    Ok(inbound) => return self.meant(frame, inbound, now),
                    Err(error) => break 'unread error,
                }
            };
            message.lay_out(layout);
            return self.pass(message, now);
        };
        self.unread(message, error);
        false
    }

    #[cold]
    fn unread(&mut self, mut message: Raw, error: Error) {
        // While a login is under way its answer may be what could not be read: nobody else sees that.
        if self.login.is_pending() {
            self.report(error.withholding());
        } else {
            let frame = message.frame();
            let opened = self.shared.codec.open(frame);
            let layout = Layout::of(Envelope::whole(frame, opened.as_deref().ok()));
            message.lay_out(layout);
            self.keep(Seen::Undecodable(Box::new((message, error))));
        }
    }

    pub(super) fn meant(&mut self, frame: &Frame, inbound: Inbound<'_>, now: Instant) -> bool {
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
                return envelope.is_some_and(|envelope| self.message(&envelope, Continuity::Follows, now));
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
        false
    }

    fn message(&mut self, envelope: &Envelope<'_>, continuity: Continuity, now: Instant) -> bool {
        self.passes(envelope.channel(), continuity, now) && self.pass(Raw::new(envelope), now)
    }

    /// Hands a message on, unless it waits because its topic is thinned. Whether it is the next.
    #[inline(always)]
    fn pass(&mut self, message: Raw, now: Instant) -> bool {
        if self.topics.thins() && message.channel().is_some_and(|channel| self.topics.is_thinned(channel)) {
            return self.thinned(message, now);
        }
        self.next = Some(message);
        true
    }

    /// Whether a message goes to the client; holes before it are told.
    #[inline(always)]
    fn passes(&mut self, channel: Option<&str>, continuity: Continuity, now: Instant) -> bool {
        let Some(channel) = channel else { return true };
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
        let Some((purpose, result)) = self.shared.resolve(id, call, result, now) else {
            self.burst = self.burst.saturating_sub(CALLER);
            return;
        };
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
