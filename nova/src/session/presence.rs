//! Presence: this client's own, announced on each connection, and everybody's, as one view.

use super::engine::Engine;
use crate::{
    behaviour::Handlers,
    error::{Error, Result},
    message::Outgoing,
    platform::{Platform, PlatformSpec, Presence, PresenceNews},
    shared::{Purpose, lock},
};

impl<C: Handlers> Engine<C> {
    /// The client's own presence from now on; told at once where there is a connection.
    pub(super) fn announce(&mut self, status: String) -> Result {
        let Some(outgoing) = self.shared.platform.announce(&mut self.memory, &status) else {
            return Err(Error::Unsupported { platform: C::Platform::SPEC.name, what: "presence" });
        };
        self.presence = Some(status);
        if self.machine.state().is_ready() { self.send_presence(outgoing) } else { Ok(()) }
    }

    /// Tells the venue what it has forgotten with the connection before.
    pub(super) fn announce_again(&mut self) -> Result {
        let Some(status) = &self.presence else { return Ok(()) };
        let outgoing = self.shared.platform.announce(&mut self.memory, status);
        outgoing.map_or(Ok(()), |outgoing| self.send_presence(outgoing))
    }

    fn send_presence(&self, outgoing: Outgoing) -> Result {
        let timeout = self.config().connection.request_timeout;
        self.shared.submit_now(outgoing, Purpose::Nobody, timeout).map(|_| ())
    }

    /// The venue says who is there.
    pub(super) fn present(&self, news: PresenceNews) {
        let mut presence = lock(&self.shared.presence);
        *presence = std::mem::take(&mut *presence).with(news, self.machine.epoch());
    }

    /// The connection is gone, and with it what was known from it.
    pub(super) fn forget_presence(&self) {
        *lock(&self.shared.presence) = Presence::default();
    }
}
