//! What a consumer says of its pace; what a messaging venue says beyond messages: acknowledgements, and who is there.

use tokio::sync::oneshot;

use super::Handle;
use crate::{
    client::Client,
    error::Result,
    message::Outgoing,
    platform::Presence,
    shared::{Command, lock},
};

impl<C: Client> Handle<C> {
    /// Pauses delivery: until [`resume`](Self::resume), [`next`](Self::next) and every stream wait, and no `handle_message` is begun. What
    /// comes meanwhile waits within the bounds of `backpressure`, and is dropped as it says.
    ///
    /// Everything else goes on: heartbeats, replies, acknowledgements, reconnects, and the callbacks that tell of them. Only under `block`
    /// reading rests once a buffer is full. At the end of the client the pause is over, and what waits can be taken.
    ///
    /// ```
    /// # async fn run<C: nova::Client>(desk: nova::Handle<C>) {
    /// desk.pause();
    /// // .. write to disk what has come so far
    /// desk.resume();
    /// # }
    /// ```
    pub fn pause(&self) {
        self.shared().streams.pause(&self.shared().inbox, true);
    }

    /// Resumes delivery with what has waited, in order; see [`pause`](Self::pause).
    pub fn resume(&self) {
        self.shared().streams.pause(&self.shared().inbox, false);
        self.shared().task.wake();
    }

    /// Sends a message that the venue acknowledges, and resolves when it has: acknowledged, refused, or expired. It is pending until then,
    /// and sent again after a lost link only where it says that it may be ([`Outgoing::idempotent`]), under the same number.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the platform knows no acknowledgements.
    /// [`Error::Platform`](crate::Error::Platform) where the venue refused it.
    /// [`Error::Timeout`](crate::Error::Timeout) and [`Error::Disconnected`](crate::Error::Disconnected) with the outcome: not sent, or
    /// unknown. Those of [`send`](Self::send): nothing was sent.
    ///
    /// # Cancel safety
    /// Dropping the future frees its slot; what was sent stays sent.
    pub async fn deliver(&self, message: impl Into<Outgoing>) -> Result {
        self.shared().ask(message.into().acknowledged())?.await.map(|_| ())
    }

    /// Announces this client's own presence, such as `away`, and does so again on each new connection.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the platform knows no presence; [`Error::OutboundFull`](crate::Error) where
    /// it could not be sent now, though it will be on the next connection. Otherwise only where the client is over.
    pub async fn announce(&self, status: impl Into<String>) -> Result {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Announce { status: status.into(), done });
        told.await.unwrap_or_else(|_| Err(self.shared().ended()))
    }

    /// Who is there, by what the venue has said on this connection; nobody while there is none.
    pub fn presence(&self) -> Presence {
        lock(&self.shared().presence).clone()
    }

    /// Whether delivery is paused.
    pub fn is_paused(&self) -> bool {
        self.shared().streams.is_paused()
    }
}
