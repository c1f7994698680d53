//! What a client owes the venue: acknowledgements, answers within a time, and to leave a connection that is ending by plan.

use std::{sync::Arc, time::Duration};

use super::engine::Engine;
use crate::{
    behaviour::Handlers,
    error::Error,
    message::Outgoing,
    shared::{Call, Purpose},
    state::Cause,
    time::Instant,
};

impl<C: Handlers> Engine<C> {
    /// Tells the venue that a message has come.
    pub(super) fn acknowledge(&mut self, ack: Outgoing) {
        let timeout = self.shared.config.load().connection.request_timeout;
        if let Err(error) = self.shared.submit_now(ack, Purpose::Nobody, timeout) {
            self.report(error);
        }
    }

    /// The venue waits for the client.
    pub(super) fn owe(&mut self, key: Arc<str>, within: Duration, now: Instant) {
        let call = Call::new(Purpose::Owed(key), "an answer to the venue", within, now);
        self.shared.outbox().calls.insert(self.shared.next_id(), call);
    }

    /// Leaves a connection that the venue ends by plan, once nothing is owed on it; its acknowledgements have left by then. Whether it
    /// did.
    pub(super) fn heed_recall(&mut self, now: Instant) -> bool {
        if !self.recalled {
            return false;
        }
        let open = {
            let outbox = self.shared.outbox();
            outbox.calls.owes() || outbox.has_bytes()
        };
        if !open {
            self.recalled = false;
            self.reconnect(Cause::Error(Error::Recalled), now);
        }
        !open
    }
}
