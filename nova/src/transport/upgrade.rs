//! The opening handshake (RFC 6455 §4.1), nova's own.
//!
//! A library's would log the request, credentials included, accept extensions nobody offered and refuse `Connection: keep-alive,
//! Upgrade`. Here no log line carries the request, every check of the RFC is made, and the caller's one deadline covers all of it.

use std::time::{Duration, SystemTime};

use secrecy::{SecretString, zeroize::Zeroizing};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use crate::{
    error::{Error, Result, excerpt},
    transport::{
        BoxStream, Endpoint, check_subprotocol,
        request::{request, secrets, send},
        response::{Answer, Head},
        retry_after::{self, date},
    },
};

/// How many answers below 200 may come before the real one.
pub(super) const MAX_INTERIM: usize = 5;

/// What the user adds to the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upgrade {
    /// Further headers, in order.
    pub(crate) headers: Vec<(String, SecretString)>,
    /// The subprotocols offered, by preference. Where any is offered the server has to choose one.
    pub(crate) subprotocols: Vec<String>,
}

/// What the server agreed to.
#[derive(Debug)]
pub(crate) struct Upgraded {
    /// The bytes behind the answer: the first frames, or their beginning.
    pub(crate) rest: Vec<u8>,
    /// The subprotocol it chose.
    pub(crate) subprotocol: Option<String>,
}

/// How the server answered.
#[derive(Debug)]
pub(crate) enum Answered {
    /// It is a WebSocket now.
    Upgraded(Upgraded),
    /// It sends the client elsewhere: where to, as it stands there, and what it is told who follows nobody.
    Elsewhere { location: String, refusal: Error },
}

impl Answered {
    /// The WebSocket, for those who follow no redirect.
    pub(crate) fn upgraded(self) -> Result<Upgraded> {
        match self {
            Self::Upgraded(upgraded) => Ok(upgraded),
            Self::Elsewhere { refusal, .. } => Err(refusal),
        }
    }
}

/// Makes a WebSocket of a fresh stream. `now` is what a `Retry-After` date is compared with.
///
/// After an error the stream is of no further use.
pub(crate) async fn upgrade(
    stream: &mut BoxStream,
    endpoint: &Endpoint,
    request: &Upgrade,
    now: SystemTime,
) -> Result<Answered> {
    handshake(stream, endpoint, request, now).await.map_err(|error| told(error, endpoint))
}

/// A server that does not like the client's certificate says so after the handshake (TLS 1.3): that is no lost link.
pub(super) fn told(error: Error, endpoint: &Endpoint) -> Error {
    #[cfg(feature = "tls")]
    if let Error::Lost { source } = &error
        && let Some(source) = super::tls::refusal(source)
    {
        return Error::Tls { host: endpoint.host().into(), source };
    }
    let _ = endpoint;
    error
}

async fn handshake(stream: &mut BoxStream, endpoint: &Endpoint, wanted: &Upgrade, now: SystemTime) -> Result<Answered> {
    let key = generate_key();
    let bytes = write_request(endpoint, wanted, &key)?;
    send(stream, bytes).await?;

    let mut answer = Answer::new(stream);
    for _ in 0..=MAX_INTERIM {
        let head = answer.head().await?;
        match head.status {
            101 => {
                let subprotocol = check(&head, &key, &wanted.subprotocols)?;
                return Ok(Answered::Upgraded(Upgraded { rest: answer.into_rest(), subprotocol }));
            }
            100..=199 => {}
            200..=299 => return no_websocket(answer, &head).await,
            301 | 302 | 303 | 307 | 308 => {
                let refusal = rejected(answer, &head, now).await.concealing(&secrets(endpoint, &wanted.headers, None));
                return match head.single("location") {
                    Some(location) => Ok(Answered::Elsewhere { location: location.to_owned(), refusal }),
                    None => Err(refusal),
                };
            }
            _ => return Err(rejected(answer, &head, now).await.concealing(&secrets(endpoint, &wanted.headers, None))),
        }
    }
    broken("the server sent more than five interim answers")
}

fn write_request(endpoint: &Endpoint, wanted: &Upgrade, key: &str) -> Result<Zeroizing<Vec<u8>>> {
    for name in &wanted.subprotocols {
        check_subprotocol(name)?;
    }
    let offered = wanted.subprotocols.join(", ");
    let mut lines = vec![
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    ];
    if !offered.is_empty() {
        lines.push(("Sec-WebSocket-Protocol", &offered));
    }
    request("GET", endpoint, &lines, &wanted.headers, b"")
}

/// The checks of RFC 6455 §4.1 in its order; returns the subprotocol.
fn check(head: &Head, key: &str, offered: &[String]) -> Result<Option<String>> {
    if !head.http_1_1 {
        return broken("the server answered with HTTP/1.0");
    }
    let mut upgrades = head.all("upgrade").peekable();
    if upgrades.peek().is_none() || !upgrades.all(|value| value.eq_ignore_ascii_case("websocket")) {
        return broken("the answer has no `Upgrade: websocket`");
    }
    if !head.list("connection").any(|token| token.eq_ignore_ascii_case("upgrade")) {
        return broken("the answer has no `Connection: Upgrade`");
    }
    if head.single("sec-websocket-accept") != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return broken("Sec-WebSocket-Accept is missing, doubled or wrong");
    }
    if let Some(extension) = head.list("sec-websocket-extensions").next() {
        return broken(format!(
            "the server chose an extension that was not offered: `{}`",
            excerpt(extension.as_bytes(), 64)
        ));
    }
    let mut chosen = head.all("sec-websocket-protocol");
    match (chosen.next(), chosen.next()) {
        (None, _) if offered.is_empty() => Ok(None),
        (None, _) => broken("the server chose none of the subprotocols offered"),
        (Some(name), None) if offered.iter().any(|offer| offer == name) => Ok(Some(name.to_owned())),
        (Some(name), None) => {
            broken(format!("the server chose a subprotocol that was not offered: `{}`", excerpt(name.as_bytes(), 64)))
        }
        (Some(_), Some(_)) => broken("the server chose more than one subprotocol"),
    }
}

fn broken<T>(reason: impl Into<std::borrow::Cow<'static, str>>) -> Result<T> {
    Err(Error::Upgrade { reason: reason.into() })
}

/// A page where a WebSocket should be: a login page in front of the network, or the address of a web site. The first may heal.
async fn no_websocket<T>(answer: Answer<'_>, head: &Head) -> Result<T> {
    let body = answer.body(head).await;
    let begins = if body.is_empty() { String::new() } else { format!(", which begins `{}`", excerpt(&body, 64)) };
    broken(format!(
        "the server answered {} with something that is no WebSocket{begins}; check the address, or whether the network wants a login",
        head.status
    ))
}

/// What a status says that is not the one hoped for.
pub(super) async fn rejected(answer: Answer<'_>, head: &Head, now: SystemTime) -> Error {
    let body = answer.body(head).await;
    Error::Rejected {
        status: head.status,
        body: escape(&String::from_utf8_lossy(&body)).into(),
        retry_after: head.single("retry-after").and_then(|value| retry_after::parse(value, now)),
        location: head.single("location").map(|location| redact(location).into()),
        offset_ms: head.single("date").and_then(date).and_then(|server| offset_ms(server, now)),
    }
}

/// How far two clocks are apart, if that is more than seconds without fractions and a slow answer explain.
fn offset_ms(theirs: SystemTime, ours: SystemTime) -> Option<i64> {
    let millis = |apart: Duration| i64::try_from(apart.as_millis()).ok();
    let offset = match theirs.duration_since(ours) {
        Ok(ahead) => millis(ahead),
        Err(behind) => millis(behind.duration()).map(|behind| -behind),
    };
    offset.filter(|offset| offset.unsigned_abs() > 2_000)
}

/// Escapes control characters except line breaks and tabs, so that JSON stays JSON and no terminal is driven.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\n' | '\t') {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A redirect's target without query, fragment and credentials: any of them may hold a key.
pub(super) fn redact(location: &str) -> String {
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let shown = match path.split_once("//") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}//{host}{path}")
        }
        None => path.to_owned(),
    };
    escape(&shown)
}
