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
    platform::Platform,
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
    verdict::Beat,
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
        self.poll_read(cx).map(|seen| self.kept(seen))
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
}
