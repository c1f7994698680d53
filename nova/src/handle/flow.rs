//! What a consumer says of its pace.

use super::Handle;
use crate::client::Client;

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

    /// Whether delivery is paused.
    pub fn is_paused(&self) -> bool {
        self.shared().streams.is_paused()
    }
}
