//! What is refused before anything is dialled, by the name of the builder's method or of the setting.

use secrecy::ExposeSecret;

use super::Connect;
use crate::{
    client::Client,
    error::{Error, Result},
    platform::{Dial, Platform, PlatformSpec, check_described},
    session::Subscriptions,
    time::Instant,
    transport::{Endpoint, check_header, check_subprotocol},
};

/// The most redirects that one attempt follows.
const MAX_REDIRECTS: usize = 5;

impl<C: Client> Connect<C> {
    /// Refuses topics that could not be asked for.
    fn check_wanted(&self) -> Result<()> {
        let mut trial = Subscriptions::default();
        let most = C::Platform::SPEC.bounds.topics;
        self.wanted.iter().try_for_each(|topic| trial.want(topic.clone(), most, Instant::now()).map(drop))
    }

    /// Refuses to start without a service that the attribute leaves to the builder.
    fn check_services(&self) -> Result<()> {
        let given = |key: &str| match key {
            "config" => self.config.is_some(),
            "secrets" => self.secrets.is_some() || self.credentials.is_some(),
            "metrics" => self.metrics.is_some(),
            _ => self.cluster.is_some(),
        };
        C::REQUIRED.iter().find(|key| !given(key)).map_or(Ok(()), |key| Err(not_given::<C>(key)))
    }

    /// Refuses what cannot work, naming the field.
    pub(super) fn check(&self) -> Result<()> {
        self.check_services()?;
        self.check_wanted()?;
        for (name, value) in &self.headers {
            check_header(name, value.expose_secret())?;
        }
        for name in &self.subprotocols {
            check_subprotocol(name)?;
        }
        if self.redirects.is_some_and(|most| !(1..=MAX_REDIRECTS).contains(&most)) {
            let reason = format!("from 1 to {MAX_REDIRECTS} redirects can be followed; leave it out to follow none");
            return Err(Error::config("follow_redirects", reason));
        }
        if let Some(credentials) = &self.credentials {
            if self.secrets.is_some() {
                let reason = "there are credentials too: give one of `.credentials` and `.secrets`";
                return Err(Error::config("secrets", reason));
            }
            credentials.check()?;
        }
        let memory = self.platform.described(&mut Default::default()).is_some();
        check_described::<C::Platform>(memory, self.credentials.as_ref())?;
        match (&self.url, &self.factory) {
            (Some(url), None) => Endpoint::parse(url).map(|_| ()),
            (Some(_), Some(_)) => {
                Err(Error::config("url", "there is an address factory too: give one of `.url` and `.address`"))
            }
            (None, Some(_)) => Ok(()),
            (None, None) => {
                let url = match self.platform.dial(&mut Default::default()) {
                    Dial::Url(url) => url,
                    Dial::Fetch(fetch) => return Endpoint::parse_http(&fetch.url).map(|_| ()),
                };
                if url.is_empty() {
                    let platform = C::Platform::SPEC.name;
                    let reason = format!("`{platform}` has no address of its own: give one with `.url(..)`");
                    return Err(Error::config("url", reason));
                }
                Endpoint::parse(&url).map(|_| ())
            }
        }
    }
}

/// A service that the attribute leaves to the builder is missing there.
pub(super) fn not_given<C: Client>(key: &'static str) -> Error {
    Error::config(key, format!("`{}` leaves it to the builder: give one with `.{key}(..)`", C::NAME))
}
