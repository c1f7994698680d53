//! One HTTP request over a dialled stream, for venues that tell the address to connect to only when they are asked.
//!
//! The upgrade's own reader reads the answer, so its bounds hold here too and no HTTP library is needed: one request a connection, no
//! redirects, no compression, at most 64 KiB of body.

use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    error::{Error, Result},
    transport::{
        BoxStream, Endpoint,
        request::{request, secrets, send},
        response::Answer,
        retry_after,
        upgrade::{MAX_INTERIM, rejected, told},
    },
};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: &'static str,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) body: SecretString,
}

/// An answer with a status of success.
pub(crate) struct HttpAnswer {
    pub(crate) body: String,
    /// What `Retry-After` asked for, at most five minutes: some venues refuse with a status of success.
    pub(crate) retry_after: Option<Duration>,
}

/// Asks over a fresh stream. `now` is what a `Retry-After` date is compared with.
///
/// # Errors
/// [`Error::Rejected`] for any status but success, redirects included; [`Error::Lost`] and [`Error::Upgrade`] for an answer that breaks
/// off or is none.
pub(crate) async fn http(
    stream: &mut BoxStream,
    endpoint: &Endpoint,
    asked: &HttpRequest,
    now: SystemTime,
) -> Result<HttpAnswer> {
    exchange(stream, endpoint, asked, now).await.map_err(|error| told(error, endpoint))
}

async fn exchange(
    stream: &mut BoxStream,
    endpoint: &Endpoint,
    asked: &HttpRequest,
    now: SystemTime,
) -> Result<HttpAnswer> {
    let body = asked.body.expose_secret().as_bytes();
    let length = body.len().to_string();
    let lines = [("Accept", "application/json"), ("Connection", "close"), ("Content-Length", &*length)];
    let bytes = request(asked.method, endpoint, &lines, &asked.headers, body)?;
    send(stream, bytes).await?;

    let mut answer = Answer::new(stream);
    for _ in 0..=MAX_INTERIM {
        let head = answer.head().await?;
        match head.status {
            100..=199 => {}
            200..=299 => {
                let retry_after = head.single("retry-after").and_then(|value| retry_after::parse(value, now));
                let body = answer.whole(&head).await?;
                let body = String::from_utf8(body)
                    .map_err(|_| Error::Upgrade { reason: "the answer's body is not UTF-8".into() })?;
                return Ok(HttpAnswer { body, retry_after });
            }
            _ => {
                let secrets = secrets(endpoint, &asked.headers, Some(asked.body.expose_secret()));
                return Err(rejected(answer, &head, now).await.concealing(&secrets));
            }
        }
    }
    Err(Error::Upgrade { reason: "the server sent more than five interim answers".into() })
}
