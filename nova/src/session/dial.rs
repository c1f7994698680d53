//! From an address to an upgraded link: one boxed future with one deadline over all of it.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::secrets::Asking;
use crate::{
    error::{Error, Result},
    platform::{Dial, Fetch, Fetched},
    time::{Clock, Instant},
    transport::{
        Answered, BoxFuture, BoxStream, Dialer, Endpoint, HttpRequest, Limits, Route, Upgrade, Upgraded, Ws,
        check_header, http, upgrade,
    },
};

/// An address and the headers that go with it, made anew for each attempt.
pub struct Address {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, SecretString)>,
}

impl Address {
    /// An address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), headers: Vec::new() }
    }

    /// With a header for its upgrade.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query may hold a key, a header is one more often than not.
        f.debug_struct("Address").field("url", &self.url.split('?').next()).finish_non_exhaustive()
    }
}

/// Makes an address for each attempt: the user's own, where tokens or hosts change.
pub(crate) type AddressFactory = Arc<dyn Fn() -> BoxFuture<'static, Result<Address>> + Send + Sync>;

/// Where and how to connect: what stays the same over all attempts.
#[derive(Clone)]
pub(crate) struct Addressing {
    pub(crate) dialer: Arc<dyn Dialer>,
    pub(crate) url: Option<String>,
    pub(crate) factory: Option<AddressFactory>,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) subprotocols: Vec<String>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How many redirects of an attempt are followed, where any are.
    pub(crate) redirects: Option<usize>,
    /// Whether the client has something to log in with.
    pub(crate) logs_in: bool,
    /// Sees the bytes of every link.
    #[cfg(feature = "test")]
    pub(crate) tap: Option<Arc<dyn super::Tap>>,
}

impl Addressing {
    /// The platform's own headers; of a name that the builder gave, too, the builder's counts.
    pub(crate) fn add_headers(&mut self, own: Vec<(String, SecretString)>) {
        let given = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut added: Vec<_> = own.into_iter().filter(|(name, _)| !given(name)).collect();
        self.headers.append(&mut added);
    }
}

/// A link that has come up.
pub(crate) struct Dialled {
    pub(crate) ws: Ws,
    pub(crate) address: String,
    pub(crate) query: Option<SecretString>,
    pub(crate) subprotocol: Option<String>,
    pub(crate) took: Duration,
}

/// What goes on until there is a link.
pub(super) enum Dialling {
    /// The secrets manager is asked what to log in with.
    Secrets(Asking),
    /// The address is dialled.
    Link(BoxFuture<'static, Result<Dialled>>),
}

impl fmt::Debug for Dialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialled").field("address", &self.address).field("took", &self.took).finish_non_exhaustive()
    }
}

/// Dials and upgrades within `timeout`. `to` is the platform's, used where neither the builder nor a factory gives an address.
pub(crate) fn dial(
    addressing: Addressing,
    to: Dial,
    limits: Limits,
    timeout: Duration,
) -> BoxFuture<'static, Result<Dialled>> {
    Box::pin(async move {
        tokio::time::timeout(timeout, attempt(addressing, to, limits)).await.unwrap_or(Err(Error::Timeout {
            what: "connecting",
            after: timeout,
            outcome: None,
        }))
    })
}

async fn attempt(addressing: Addressing, to: Dial, limits: Limits) -> Result<Dialled> {
    let started = Instant::now();
    let mut request = Upgrade { headers: addressing.headers, subprotocols: addressing.subprotocols };
    let mut endpoint = match (addressing.factory, addressing.url, to) {
        (Some(factory), ..) => {
            let address = factory().await?;
            for (name, value) in &address.headers {
                check_header(name, value.expose_secret())?;
            }
            request.headers.extend(address.headers);
            Endpoint::parse(&address.url)?
        }
        (None, Some(url), _) => Endpoint::parse(&url)?,
        (None, None, Dial::Url(url)) => Endpoint::parse(&url)?,
        (None, None, Dial::Fetch(fetch)) => fetched(fetch, &*addressing.dialer, &*addressing.clock).await?,
    };
    let mut route = addressing.redirects.map(|most| Route::new(&endpoint, most, addressing.logs_in));
    let (stream, Upgraded { rest, subprotocol }) = loop {
        let mut stream: BoxStream = addressing.dialer.dial(&endpoint).await?;
        #[cfg(feature = "test")]
        if let Some(tap) = &addressing.tap {
            request.headers.iter().for_each(|(_, value)| tap.conceal_header(value.expose_secret()));
            stream = tap.watch(&endpoint, stream);
        }
        let answered = upgrade(&mut stream, &endpoint, &request, addressing.clock.wall()).await?;
        match (answered, &mut route) {
            (Answered::Elsewhere { location, .. }, Some(route)) => {
                endpoint = route.follow(&endpoint, &location, &mut request)?;
            }
            (answered, _) => break (stream, answered.upgraded()?),
        }
    };
    Ok(Dialled {
        ws: Ws::new(stream, rest, limits),
        address: endpoint.to_string(),
        query: endpoint.query().map(|query| query.to_owned().into()),
        subprotocol,
        took: started.elapsed(),
    })
}

/// The address that a platform's question is answered with.
async fn fetched(fetch: Fetch, dialer: &dyn Dialer, clock: &dyn Clock) -> Result<Endpoint> {
    let Fetch { method, url, headers, body, limited, refused, read } = fetch;
    let endpoint = Endpoint::parse_http(&url)?;
    let mut stream = dialer.dial(&endpoint).await?;
    let asked = HttpRequest { method, headers, body };
    let answer = http(&mut stream, &endpoint, &asked, clock.wall()).await.map_err(|error| match (error, refused) {
        (Error::Upgrade { reason }, _) => {
            Error::Upgrade { reason: format!("the address was asked for: {reason}").into() }
        }
        (Error::Rejected { status: 429, body, retry_after, location, offset_ms }, _) => {
            Error::Rejected { status: 429, body, retry_after: retry_after.or(limited), location, offset_ms }
        }
        (error @ Error::Rejected { status: 401, .. }, Some(reason)) => {
            Error::Auth { reason, source: Some(Box::new(error)) }
        }
        (error, _) => error,
    })?;
    let url = read(Fetched { body: &answer.body, retry_after: answer.retry_after })?;
    // What is wrong with an address that was told may pass; it is not one that the user can set right.
    let told = Endpoint::parse(url.expose_secret()).map_err(|error| match error {
        Error::Config { reason, .. } => {
            Error::Upgrade { reason: format!("the address that was told: {reason}").into() }
        }
        error => error,
    })?;
    if endpoint.is_tls() && !told.is_tls() {
        let reason = "the address that was told leads from https to ws, where nothing is encrypted".into();
        return Err(Error::Redirect { to: told.to_string().into(), reason });
    }
    Ok(told)
}
