//! Questions that only the engine can answer, because they need what the platform remembers: asked by a handler that is pending,
//! answered between two of its polls.

use tokio::sync::oneshot;

use crate::{auth::Credentials, error::Result, message::Outgoing};

/// A question to the engine.
pub(crate) enum Ask {
    /// What would the platform log in with?
    Login { credentials: Credentials, answer: oneshot::Sender<Result<Outgoing>> },
}
