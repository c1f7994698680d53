//! An address that has to be asked for: the request, and how its answer is read. The session performs it.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use secrecy::SecretString;

use crate::error::Result;

/// How an answer is read.
type Read = Arc<dyn Fn(Fetched<'_>) -> Result<SecretString> + Send + Sync>;

/// An HTTP request whose answer says what to dial: made anew for each attempt, over the client's own dialer, within
/// `connection.timeout`.
///
/// The platform's [`headers`](super::Platform::headers) go with it, and never with the upgrade. Redirects are not followed, a body has at most
/// 64 KiB, and a status other than 2xx is [`Error::Rejected`](crate::Error::Rejected). What it is answered with is a secret: addresses
/// that have to be asked for have tickets in them.
///
/// ```
/// use nova::{Dial, platform::Fetch};
///
/// let fetch = Fetch::post("https://venue.test/open", |answer| Ok(answer.body.trim().to_owned().into()));
/// assert_eq!(format!("{:?}", Dial::Fetch(fetch)), "Fetch(POST https://venue.test/open)");
/// ```
#[derive(Clone)]
#[must_use]
pub struct Fetch {
    pub(crate) method: &'static str,
    pub(crate) url: Cow<'static, str>,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) body: SecretString,
    pub(crate) limited: Option<Duration>,
    pub(crate) refused: Option<Cow<'static, str>>,
    pub(crate) read: Read,
}

/// What the address was asked for with success, as far as HTTP is concerned.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Fetched<'a> {
    /// The body.
    pub body: &'a str,
    /// What `Retry-After` asked for, at most five minutes: some venues refuse with a status of success.
    pub retry_after: Option<Duration>,
}

impl Fetch {
    fn new(
        method: &'static str,
        url: impl Into<Cow<'static, str>>,
        read: impl Fn(Fetched<'_>) -> Result<SecretString> + Send + Sync + 'static,
    ) -> Self {
        let body = String::new().into();
        Self { method, url: url.into(), headers: Vec::new(), body, limited: None, refused: None, read: Arc::new(read) }
    }

    /// Asks with `GET`. `read` makes a `ws://` or `wss://` URL of the answer.
    pub fn get(
        url: impl Into<Cow<'static, str>>,
        read: impl Fn(Fetched<'_>) -> Result<SecretString> + Send + Sync + 'static,
    ) -> Self {
        Self::new("GET", url, read)
    }

    /// Asks with `POST`, and no body where none is given. `read` makes a `ws://` or `wss://` URL of the answer.
    pub fn post(
        url: impl Into<Cow<'static, str>>,
        read: impl Fn(Fetched<'_>) -> Result<SecretString> + Send + Sync + 'static,
    ) -> Self {
        Self::new("POST", url, read)
    }

    /// With a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }

    /// With a body of this type.
    pub fn body(self, content_type: &str, body: impl Into<String>) -> Self {
        let mut asked = self.header("Content-Type", content_type);
        asked.body = body.into().into();
        asked
    }

    /// How long to wait after a 429 that does not say so itself.
    pub fn when_limited(mut self, wait: Duration) -> Self {
        self.limited = Some(wait);
        self
    }

    /// Why a 401 is given, and what to do: it is then an [`Error::Auth`](crate::Error::Auth) with these words.
    pub fn when_refused(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.refused = Some(advice.into());
        self
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query may hold a key, and so may headers and body.
        write!(f, "Fetch({} {})", self.method, self.url.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for Fetched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("bytes", &self.body.len()).field("retry_after", &self.retry_after).finish()
    }
}
