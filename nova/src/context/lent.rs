//! What a callback is lent that must see the platform's state: for the moment of the call, between two polls of the socket.

use std::{error::Error as _, fmt, iter::successors};

use super::View;
use crate::{
    client::Client,
    config::{Config, Profile},
    error::{Error, Result, excerpt},
    message::{Outgoing, Params},
    platform::{Heartbeat, Platform},
    printable::Printable,
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

    /// One line at `warn`, where `telemetry.error` or the strategy wants errors told; with everything that led to it, where the profile
    /// has [`Traits::detailed_errors`](crate::Traits).
    pub fn log_error(&mut self, error: &Error) {
        if !self.lent.config.telemetry.error && !C::Strategy::WARNS {
            return;
        }
        let causes = C::Profile::TRAITS.detailed_errors.then(|| causes(error)).filter(|causes| !causes.is_empty());
        tracing::warn!(target: "nova::error", client = C::NAME, class = %error.class(), causes, "{}", Printable(error));
    }

    /// The platform's heartbeat.
    pub fn heartbeat(&mut self) -> Heartbeat {
        self.lent.platform.heartbeat(self.lent.state)
    }
}

/// What led to an error, from near to far, fit for a line of a log.
fn causes(error: &Error) -> String {
    let causes = successors(error.source(), |&cause| cause.source());
    causes.map(|cause| excerpt(cause.to_string().as_bytes(), 256)).collect::<Vec<_>>().join(" < ")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    use super::*;
    use crate::platform::Echo;

    /// Keeps what lines say led to an error.
    #[derive(Clone, Default)]
    struct Causes(Arc<Mutex<Vec<String>>>);

    impl Visit for Causes {
        fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}

        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == "causes" {
                self.0.lock().unwrap().push(value.to_owned());
            }
        }
    }

    impl Subscriber for Causes {
        fn enabled(&self, line: &Metadata<'_>) -> bool {
            line.target() == "nova::error"
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    fn logged<C: Client<Platform = Echo>>(error: &Error) -> Vec<String> {
        let lines = Causes::default();
        tracing::subscriber::with_default(lines.clone(), || {
            Lent::<C>::new(&Echo::default(), &mut <Echo as Platform>::State::default(), &Config::default())
                .inherited()
                .log_error(error);
        });
        lines.0.lock().unwrap().clone()
    }

    #[test]
    fn an_error_is_logged_with_its_causes_where_the_profile_wants_them() {
        #[nova::client(platform = "echo", profile = "financial")]
        struct Detailed;
        #[nova::client(platform = "echo")]
        struct Plain;

        let lost = Error::Lost { source: Arc::new(std::io::Error::other("reset\x1b[2J")) };
        let auth = Error::Auth { reason: "no".into(), source: Some(Box::new(lost)) };
        let told = logged::<Detailed>(&auth);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains(" < reset\\u{1b}[2J") && told[0].contains("the link was lost"), "{told:?}");
        assert!(logged::<Detailed>(&Error::Recalled).is_empty());
        assert!(logged::<Plain>(&auth).is_empty());
    }
}
