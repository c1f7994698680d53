//! What a platform asks for itself, and what it had kept back.
//!
//! Its calls wait for their turn under the venue's limits like a user's, and behind them no caller waits.

use super::engine::Engine;
use crate::{
    behaviour::Handlers, error::Result, flow::Priority, frame::Frame, message::Raw, platform::Platform,
    shared::Purpose, time::Instant,
};

impl<C: Handlers> Engine<C> {
    /// Sends what the platform asks, as far as the venue's limit allows now.
    pub(super) fn work_inquiries(&mut self, now: Instant) {
        if !self.serves_topics() {
            return;
        }
        loop {
            let waiting = self.inquiry.take().map(|waiting| waiting.0);
            let Some(inquiry) = waiting.or_else(|| self.shared.platform.inquire(&mut self.memory)) else { return };
            let charge = self.charge(&inquiry.call);
            let wait = self.shared.outbox().budget.sends.wait(Priority::Query, charge, now);
            let sent = match wait {
                Ok(wait) if !wait.is_zero() => {
                    self.inquiry = Some(Box::new((inquiry, now + wait)));
                    return;
                }
                Ok(_) => {
                    let timeout = inquiry.call.deadline().unwrap_or(self.config().connection.request_timeout);
                    let purpose = Purpose::Inquiry { tag: inquiry.tag };
                    self.shared.submit_now(inquiry.call, purpose, timeout).map(|_| ())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                self.informed(inquiry.tag, &Err(error), now);
            }
        }
    }

    /// What the platform asked was answered, or will not be.
    pub(super) fn informed(&mut self, tag: u64, result: &Result<String>, now: Instant) {
        let shared = self.shared.clone();
        let reply = result.as_deref().map_err(Clone::clone);
        let meant = shared.platform.informed(&mut self.memory, tag, reply);
        let is_message = self.meant(&Frame::text(""), meant, now);
        self.keep_next_if(is_message);
        self.release_held(now);
    }

    /// What a frame was, and behind it what the platform gives out now that it has read it: `next`, and more.
    #[cold]
    pub(super) fn followed(&mut self, is_message: bool, next: Frame, now: Instant) -> bool {
        self.keep_next_if(is_message);
        self.release(Some(next), now);
        false
    }

    /// Everything that the platform had kept back and gives out now.
    pub(super) fn release_held(&mut self, now: Instant) {
        self.release(None, now);
    }

    fn release(&mut self, mut next: Option<Frame>, now: Instant) {
        while let Some(frame) = next.take().or_else(|| self.shared.platform.held(&mut self.memory)) {
            let is_message = self.data(Raw::of(frame), now);
            self.keep_next_if(is_message);
        }
    }
}
