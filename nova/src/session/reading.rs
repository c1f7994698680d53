//! From the socket to a frame: what it says of the link, and the short way that most messages take.

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
    error::Error,
    frame::{Close, CloseCode, Frame},
    message::Raw,
    platform::Platform,
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
    verdict::Beat,
};

impl<C: Handlers> Engine<C> {
    /// Reads a frame. `Ready` when something was read: whether it is a message, which is the [`next`](Self::next) then.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.is_blocked() {
            self.leg.iter_mut().for_each(|leg| leg.ws.rest());
            self.refuse_deadlocked();
            return Poll::Pending;
        }
        let Some(leg) = &mut self.leg else { return Poll::Pending };
        let read = match leg.ws.poll_arrival(cx) {
            Poll::Ready(Ok(between)) => {
                if between && let Some(is_message) = self.take_whole() {
                    return Poll::Ready(is_message);
                }
                let Some(leg) = &mut self.leg else { return Poll::Ready(false) };
                leg.poll_next(cx)
            }
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
                Poll::Ready(false)
            }
        }
    }

    /// The next message of a burst, if it lies whole in what was read and nothing is to be done before it: it becomes
    /// [`next`](Self::next).
    #[inline]
    pub(super) fn at_hand(&mut self) -> bool {
        while self.burst > 0
            && let Some(is_message) = self.take_whole()
        {
            self.burst = self.burst.saturating_sub(1);
            // What it has left behind for the client is older: a hole before it.
            let is_next = is_message && self.queue.is_empty(false);
            self.keep_next_if(is_message && !is_next);
            if is_next {
                return true;
            }
        }
        false
    }

    /// The short way of most messages: takes one, if it lies whole in what was read. Whether it is one for the client. What else there
    /// is to do, such as to send a pong, is done behind the burst.
    fn take_whole(&mut self) -> Option<bool> {
        let waits = self.behind || !self.queue.is_empty(false) || self.pressed || self.is_paused();
        if waits || !self.machine.state().is_ready() || self.is_blocked() {
            return None;
        }
        let leg = self.leg.as_mut()?;
        let message = leg.at_hand()?;
        let first = leg.is_first_of_read();
        let now = leg.read_at();
        if first {
            self.alive(now);
        }
        Some(self.message_of(message, now))
    }

    /// The same while a callback is pending: what a callback must be told is kept for it, within bounds.
    pub(super) fn poll_read_behind(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_read(cx).map(|is_message| self.keep_next_if(is_message))
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

    fn take(&mut self, cx: &mut Context<'_>, frame: Frame) -> bool {
        let Some(leg) = &mut self.leg else { return false };
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
                false
            }
            Frame::Ping(_) => {
                self.alive(now);
                false
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
                false
            }
            frame => {
                self.alive(now);
                self.other_message(Raw::of(frame), now)
            }
        }
    }

    /// A data frame: what does it mean, and what follows from it? Whether it is a message for the client.
    #[inline(always)]
    fn message_of(&mut self, message: Raw, now: Instant) -> bool {
        let unpacked = match self.shared.platform.unpack(&mut self.memory, message.frame()) {
            Ok(Some(Cow::Borrowed(_))) => message,
            Ok(Some(Cow::Owned(unpacked))) => Raw::of(unpacked),
            Ok(None) => return false,
            Err(error) => {
                self.failed(error, now);
                return false;
            }
        };
        let is_message = self.data(unpacked, now);
        match self.shared.platform.held(&mut self.memory) {
            Some(next) => self.followed(is_message, next, now),
            None => is_message,
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
    fn other_message(&mut self, message: Raw, now: Instant) -> bool {
        self.message_of(message, now)
    }
}
