//! Redirects, for those who follow them: where one leads, and what may go along.
//!
//! A redirect is the server's word on where the client's secrets are to be sent. So it is followed by choice only, never to where
//! nobody encrypts, and what identifies the client stays with the origin it was meant for.

use std::borrow::Cow;

use super::{Endpoint, Upgrade, upgrade::redact};
use crate::error::{Error, Result};

/// The way from an address to the one that answers.
#[derive(Debug)]
pub(crate) struct Route {
    seen: Vec<Endpoint>,
    most: usize,
    /// Whether the client would log in on the connection.
    logs_in: bool,
}

impl Route {
    pub(crate) fn new(start: &Endpoint, most: usize, logs_in: bool) -> Self {
        Self { seen: vec![start.clone()], most, logs_in }
    }

    /// Where a redirect leads. What must not go along is taken out of the request.
    ///
    /// # Errors
    /// [`Error::Redirect`] where it must not be followed.
    pub(crate) fn follow(&mut self, from: &Endpoint, location: &str, request: &mut Upgrade) -> Result<Endpoint> {
        let refuse = |reason: Cow<'static, str>| Error::Redirect { to: redact(location).into(), reason };
        if self.seen.len() > self.most {
            return Err(refuse(format!("it is one more than the {} that are followed", self.most).into()));
        }
        let to = join(from, location).map_err(|error| match error {
            Error::Config { reason, .. } => refuse(reason),
            error => error,
        })?;
        if from.is_tls() && !to.is_tls() {
            return Err(refuse("it leads from wss to ws, where nothing is encrypted".into()));
        }
        if self.seen.contains(&to) {
            return Err(refuse("it leads in a circle".into()));
        }
        if !to.is_origin_of(from) {
            if self.logs_in {
                return Err(refuse("it leads to another origin, which gets no credentials: give its address".into()));
            }
            if !request.subprotocols.is_empty() {
                return Err(refuse(
                    "it leads to another origin, which is offered no subprotocols: give its address".into(),
                ));
            }
            request.headers.clear();
        }
        self.seen.push(to.clone());
        Ok(to)
    }
}

/// A location as it is meant at `from` (RFC 3986 §5.2, without `..`, which the server is to resolve).
fn join(from: &Endpoint, location: &str) -> Result<Endpoint> {
    let location = location.split('#').next().unwrap_or_default();
    let scheme = if from.is_tls() { "wss" } else { "ws" };
    let here = format!("{scheme}://{}", from.authority());
    let folder = || from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_absolute = location.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
    let url = match location.split_once("://") {
        Some((scheme, rest)) if is_absolute => match scheme.to_ascii_lowercase().as_str() {
            "http" => format!("ws://{rest}"),
            "https" => format!("wss://{rest}"),
            _ => location.to_owned(),
        },
        _ if is_absolute => location.to_owned(),
        _ if location.starts_with("//") => format!("{scheme}:{location}"),
        _ if location.starts_with('/') => format!("{here}{location}"),
        _ if location.starts_with('?') || location.is_empty() => format!("{here}{}{location}", from.path()),
        _ => format!("{here}{}/{location}", folder()),
    };
    Endpoint::parse(&url)
}
