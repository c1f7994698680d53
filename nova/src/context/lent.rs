//! What a callback is lent that must see the platform's state: for the moment of the call, between two polls of the socket.

use std::fmt;

use super::View;
use crate::{
    client::Client,
    config::Config,
    error::{Error, Result},
    message::{Outgoing, Params},
    platform::{Heartbeat, Platform},
    reconnect::Strategy,
    verdict::Reconnect,
};

/// The platform, its state and the settings, lent for one call.
pub struct Lent<'a, C: Client> {
    /// The platform.
    pub platform: &'a C::Platform,
    /// What the platform remembers.
    pub state: &'a mut <C::Platform as Platform>::State,
    /// The settings as they stand.
    pub config: &'a Config,
}

impl<'a, C: Client> Lent<'a, C> {
    pub(crate) fn new(
        platform: &'a C::Platform,
        state: &'a mut <C::Platform as Platform>::State,
        config: &'a Config,
    ) -> Self {
        Self { platform, state, config }
    }

    /// What the platform, the profile and the strategy would do.
    pub fn inherited(&mut self) -> InheritedLent<'_, 'a, C> {
        InheritedLent { lent: self }
    }

    /// The same, without the state.
    pub fn view(&self) -> View<'_, C> {
        View::new(self.platform, self.config)
    }
}

impl<C: Client> fmt::Debug for Lent<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("client", &C::NAME).finish_non_exhaustive()
    }
}

/// The inherited callbacks that see the platform's state.
#[derive(Debug)]
pub struct InheritedLent<'l, 'a, C: Client> {
    lent: &'l mut Lent<'a, C>,
}

impl<C: Client> InheritedLent<'_, '_, C> {
    /// The platform's message that subscribes these topics.
    ///
    /// # Errors
    /// The platform's.
    pub fn subscribe(&mut self, topics: &[&str], params: &Params) -> Result<Outgoing> {
        self.lent.platform.subscribe(self.lent.state, topics, params)
    }

    /// The platform's message that unsubscribes these topics.
    ///
    /// # Errors
    /// The platform's.
    pub fn unsubscribe(&mut self, topics: &[&str]) -> Result<Outgoing> {
        self.lent.platform.unsubscribe(self.lent.state, topics)
    }

    /// As the strategy and the profile have it.
    pub fn should_reconnect(&mut self, error: &Error, attempt: u32) -> Reconnect {
        let _ = (error, attempt);
        Reconnect::Default
    }

    /// One line at `warn`, where `telemetry.error` or the strategy wants errors told.
    pub fn log_error(&mut self, error: &Error) {
        if !self.lent.config.telemetry.error && !C::Strategy::WARNS {
            return;
        }
        tracing::warn!(target: "nova::error", client = C::NAME, class = %error.class(), "{error}");
    }

    /// The platform's heartbeat.
    pub fn heartbeat(&mut self) -> Heartbeat {
        self.lent.platform.heartbeat(self.lent.state)
    }
}
