//! The credentials of the next login: the builder's, or what a secrets manager says when it is asked.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use secrecy::ExposeSecret;

use super::{attend::ask, engine::Engine};
use crate::{
    auth::{Credentials, SecretsManager},
    behaviour::Handlers,
    conceal::parts,
    error::{Error, Result},
    platform::check_described,
    transport::BoxFuture,
};

/// A question to the manager, under its deadline.
pub(super) type Asking = BoxFuture<'static, Result<Credentials>>;

/// What there is to log in with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// The builder's, or the manager's last good ones.
    credentials: Option<Credentials>,
    manager: Option<Arc<dyn SecretsManager>>,
    /// The venue has refused the credentials.
    refused: bool,
}

impl Secrets {
    /// Credentials that stay.
    pub(crate) fn given(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..Self::default() }
    }

    /// Credentials that are asked for.
    pub(crate) fn managed(manager: Arc<dyn SecretsManager>) -> Self {
        Self { manager: Some(manager), ..Self::default() }
    }

    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The venue has refused the credentials. Whether they are being replaced, so that it may do so for a while.
    pub(super) fn refused(&mut self) -> bool {
        self.refused = true;
        self.manager.as_ref().is_some_and(|manager| ask("is_rotating", || manager.is_rotating()).unwrap_or(false))
    }

    /// Asks the manager, if there is one: for others, where the present ones were refused.
    pub(super) fn ask(&self, patience: Duration) -> Option<Asking> {
        let manager = self.manager.clone()?;
        let refused = self.credentials.clone().filter(|_| self.refused);
        Some(Box::pin(async move {
            let mut asked = pin!(async {
                match &refused {
                    Some(refused) => manager.renewed(refused).await,
                    None => manager.credentials().await,
                }
            });
            let caught = poll_fn(|cx| {
                catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(cx)))
                    .unwrap_or(Poll::Ready(Err(Error::Panicked { callback: "credentials" })))
            });
            let late = Error::Timeout { what: "the secrets manager", after: patience, outcome: None };
            tokio::time::timeout(patience, caught).await.unwrap_or(Err(late))
        }))
    }
}

impl<C: Handlers> Engine<C> {
    /// An error without the secrets that the peer may have said back.
    pub(super) fn concealing(&self, error: Error) -> Error {
        let own = self.secrets.credentials().map(Credentials::secret);
        let headers = self.addressing.headers.iter().map(|(_, value)| value);
        let query = self.leg.as_ref().and_then(|leg| leg.query.as_ref());
        let sent = headers.chain(query).map(ExposeSecret::expose_secret).flat_map(parts);
        error.concealing(&own.into_iter().chain(sent).collect::<Vec<_>>())
    }

    /// Takes the manager's answer over, if a login can be made from it; else the last good credentials stay.
    ///
    /// # Errors
    /// [`Error::Secrets`], where there are none, or the venue has refused them.
    pub(super) fn secrets_answered(&mut self, answer: Result<Credentials>) -> Result<()> {
        let usable = answer.and_then(|credentials| {
            credentials.check()?;
            check_described::<C::Platform>(true, Some(&credentials))?;
            Ok(credentials)
        });
        match usable {
            Ok(credentials) => (self.secrets.credentials, self.secrets.refused) = (Some(credentials), false),
            Err(source) => {
                let error = Error::Secrets { source: Box::new(source) };
                // Those that were refused are good for nothing.
                if self.secrets.credentials.is_none() || self.secrets.refused {
                    return Err(error);
                }
                self.shared.telemetry.warn(error, "the last good credentials stay in use");
            }
        }
        Ok(())
    }
}
