//! The end of a client: asked for, or because nothing can heal it. Everybody who waits is told.

use super::{
    engine::{Closing, Engine},
    machine::Trigger,
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    error::Error,
    frame::CloseCode,
    shared::Status,
    state::{Cause, State},
    time::Instant,
};

impl<C: Handlers> Engine<C> {
    pub(super) fn close(&mut self, code: CloseCode, reason: String, now: Instant) {
        if self.closing.is_some() || self.machine.state().is_terminal() {
            return;
        }
        let by = now + self.config().connection.close_timeout;
        self.closing = Some(Closing { code, reason, by });
        self.undecided = None;
        self.held = None;
        self.dialling = None;
        if !self.machine.state().is_ready() {
            // What waits for `Ready` waits in vain; what is urgent was sent.
            self.refuse_waiting(&Error::ClientClosed);
        }
        // Between the loss of a link and the decision about the next there is nothing to drain and nobody to say goodbye to.
        let linked = self.leg.is_some() || !self.machine.allows(Trigger::Finished);
        self.step(if linked { Trigger::Close } else { Trigger::Finished }, Cause::Close, now);
    }

    /// Ends the client now: nothing is flushed, the peer is told nothing, and a callback that is pending is dropped.
    pub(super) fn abort(&mut self, now: Instant) {
        if self.machine.state().is_terminal() {
            return;
        }
        self.undecided = None;
        self.closing = Some(Closing { code: CloseCode::NORMAL, reason: String::new(), by: now });
        // A link that counts as closing is let go without last words.
        if let Some(leg) = &mut self.leg {
            leg.closing = true;
            self.clean = false;
        }
        let trigger = if self.machine.allows(Trigger::Finished) { Trigger::Finished } else { Trigger::Close };
        self.step(trigger, Cause::Close, now);
        self.parting = None;
    }

    pub(super) fn begin_close(&mut self) {
        let Some(closing) = &self.closing else { return };
        let (code, by) = (closing.code, closing.by);
        if let Some(leg) = &mut self.leg {
            leg.ws.close(code, &closing.reason);
            leg.closing = true;
        }
        self.machine.set_deadline(Some(by));
    }

    /// The client ends: everybody who waits is told.
    pub(super) fn finish(&mut self, state: State) {
        let status = Status { state, end: self.end.as_deref().cloned(), clean: self.clean };
        let error = status.ended().unwrap_or(Error::ClientClosed);
        // What had been handed to a connection was told when that was dropped.
        self.shared.end(status, 0);
        self.topics.end(&error);
        for passing in self.topics.pass_all() {
            self.hand_on(passing);
        }
        let grace = Instant::now() + self.config().connection.close_timeout;
        self.closing.get_or_insert(Closing { code: CloseCode::NORMAL, reason: String::new(), by: grace });
        self.dialling = None;
        self.undecided = None;
        if self.cluster.is_some() {
            self.queue.push(Seen::Sync);
        }
        self.over = true;
    }

    /// Ends the client with an error.
    pub(crate) fn give_up(&mut self, error: Error, now: Instant) {
        if self.machine.state().is_terminal() {
            return;
        }
        self.undecided = None;
        self.clean &= !matches!(self.machine.state(), State::Draining | State::Closing);
        self.end = Some(Box::new(error.clone()));
        self.drop_leg(Some(&error), now);
        self.step(Trigger::GiveUp, Cause::Error(error), now);
    }
}
