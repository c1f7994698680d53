//! Following the state of a client.

use tokio::sync::watch;

use crate::{error::Error, shared::Status, state::State};

/// Follows the state of a client. States that are left again before one looks are skipped; `events()` tells every step.
#[derive(Clone, Debug)]
pub struct StateWatch {
    status: watch::Receiver<Status>,
}

impl StateWatch {
    pub(crate) fn new(status: watch::Receiver<Status>) -> Self {
        Self { status }
    }

    /// The state now.
    pub fn now(&self) -> State {
        self.status.borrow().state
    }

    /// The next state that differs from the one last seen here; the last state, for ever, once the client is over.
    ///
    /// # Cancel safety
    /// Dropping the future loses no state.
    pub async fn changed(&mut self) -> State {
        let over = self.status.borrow().state.is_terminal() && !self.status.has_changed().unwrap_or(false);
        if !over {
            // An error says that the client is gone: its last state stands.
            let _ = self.status.changed().await;
        }
        self.status.borrow_and_update().state
    }

    /// Waits for a state. `Err` with the state it ended in, if the client ends first.
    ///
    /// # Errors
    /// The terminal state.
    pub async fn until(&mut self, mut wanted: impl FnMut(State) -> bool) -> Result<State, State> {
        // An error says that the client is gone: its last state stands.
        let _ = self.status.wait_for(|status| wanted(status.state) || status.state.is_terminal()).await;
        let state = self.now();
        if wanted(state) { Ok(state) } else { Err(state) }
    }

    /// Why the client ended by itself, once it has.
    pub fn end(&self) -> Option<Error> {
        self.status.borrow().end.clone()
    }
}
