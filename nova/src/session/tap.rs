//! A tap on a client's links, for recordings: it sees the bytes of each, and knows what must never be written down.

use std::fmt::Debug;

use super::engine::Engine;
use crate::{
    auth::Credentials,
    behaviour::Handlers,
    config::Config,
    time::Clock,
    transport::{BoxStream, Endpoint},
};

/// What sees the bytes of a client's links.
pub(crate) trait Tap: Debug + Send + Sync + 'static {
    /// A client starts.
    fn started(&self, client: &'static str, config: &Config, clock: &dyn Clock);

    /// What the client logs in with: told before it is used.
    fn conceal(&self, credentials: &Credentials);

    /// The value of a header of the upgrade: told before it is used.
    fn conceal_header(&self, value: &str);

    /// A link that has come up, upgraded not yet; what is returned takes its place.
    fn watch(&self, endpoint: &Endpoint, stream: BoxStream) -> BoxStream;
}

impl<C: Handlers> Engine<C> {
    /// Tells the tap what is logged in with next.
    pub(super) fn conceal(&self) {
        if let (Some(tap), Some(credentials)) = (&self.addressing.tap, self.secrets.credentials()) {
            tap.conceal(credentials);
        }
    }
}
