//! From the outbox to the socket: waiting sends are released, the heartbeat is sent, everything is written in one call.

use std::task::{Context, Poll};

use rand::Rng as _;

use super::{attend::ask, engine::Engine, machine::Trigger};
use crate::{
    behaviour::Handlers,
    context::Lent,
    frame::Frame,
    platform::Heartbeat,
    shared::Purpose,
    state::{Cause, State},
    time::Instant,
    verdict::Beat,
};

impl<C: Handlers> Engine<C> {
    /// Sends what is due: topics, and sends whose turn has come.
    pub(super) fn work(&mut self, now: Instant) {
        self.work_topics(now);
        self.tell_limited();
        self.release_at = self.shared.release(now);
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(leg) = &mut self.leg else { return };
        let flushed = leg.poll_flush(cx, &self.shared.outbox);
        let (frames, bytes) = leg.sent();
        self.shared.telemetry.sent(frames, bytes);
        match flushed {
            Poll::Ready(Ok(())) => {
                if self.machine.state() == State::Draining && self.nothing_waits() {
                    self.step(Trigger::Drained, Cause::Drained, now);
                    // The close frame has just been queued.
                    self.flush(cx, now);
                }
            }
            // Frames the peer sent before may still be read; reading tells of the loss.
            Poll::Ready(Err(error)) if !self.can_still_read() => self.failed(error, now),
            Poll::Ready(Err(_)) | Poll::Pending => {}
        }
    }

    fn nothing_waits(&self) -> bool {
        let outbox = self.shared.outbox();
        !outbox.has_bytes() && outbox.waiting.is_empty()
    }

    fn can_still_read(&self) -> bool {
        self.leg.as_ref().is_some_and(|leg| leg.ws.has_unread())
    }

    /// The heartbeat's moment has come.
    pub(super) fn send_heartbeat(&mut self, missed: u32) {
        let config = self.config();
        let shared = self.shared.clone();
        let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
        let heartbeat = ask("heartbeat", || C::heartbeat(&mut lent));
        let (heartbeat, panicked) = match heartbeat {
            Ok(heartbeat) => (heartbeat, None),
            Err(panicked) => (lent.inherited().heartbeat(), Some(panicked)),
        };
        if let Some(panicked) = panicked {
            self.report(panicked);
        }
        let sent = match heartbeat {
            Heartbeat::Ping => {
                let payload = self.rng.next_u64().to_be_bytes();
                if let Some(leg) = &mut self.leg {
                    leg.ping = Some(payload);
                }
                shared.outbox().append(&Frame::Ping(payload.to_vec().into())).map(|_| ())
            }
            Heartbeat::Send(outgoing) => {
                shared.submit_now(outgoing, Purpose::Nobody, config.connection.request_timeout).map(|_| ())
            }
        };
        if missed > 0 {
            self.beat(Beat::Missed { missed });
        }
        match sent {
            Ok(()) => self.beat(Beat::Sent),
            Err(error) => self.report(error),
        }
    }
}
