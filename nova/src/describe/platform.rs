//! What a platform answers when it is asked: its own messages, made by a platform that nobody configured.
//!
//! By the platform's default and with a memory of its own, so that nothing of a running client is touched and nothing that a user
//! handed over can show.

use secrecy::SecretString;

use crate::{
    auth::Credentials,
    message::{Body, Outgoing, Params},
    platform::{Heartbeat, LoginContext, Platform, Pool, logs_in_by_header},
    time::SystemClock,
};

/// A topic that stands for any.
const TOPIC: &str = "TOPIC";

/// The answers of a platform.
pub(crate) struct Asked {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    pub(super) pools: &'static [Pool],
    pub(super) login: String,
    pub(super) subscribe: String,
    pub(super) unsubscribe: String,
    pub(super) heartbeat: String,
}

impl Asked {
    pub(crate) fn of<P: Platform + Default>() -> Self {
        let platform = P::default();
        let refused = |error: crate::Error| error.to_string();
        Self {
            name: P::SPEC.name,
            address: P::SPEC.url,
            pools: P::SPEC.pools,
            login: login(&platform),
            subscribe: platform
                .subscribe(&mut P::State::default(), &[TOPIC], &Params::new())
                .map_or_else(refused, |outgoing| told(&outgoing)),
            unsubscribe: platform
                .unsubscribe(&mut P::State::default(), &[TOPIC])
                .map_or_else(refused, |outgoing| told(&outgoing)),
            heartbeat: match platform.heartbeat(&mut P::State::default()) {
                Heartbeat::Ping => "a WebSocket ping".to_owned(),
                Heartbeat::Send(outgoing) => told(&outgoing),
            },
        }
    }
}

/// How the platform logs in, without a word of what it sends.
fn login<P: Platform>(platform: &P) -> String {
    if logs_in_by_header::<P>() {
        return "the upgrade's headers log in".to_owned();
    }
    let kinds = [Credentials::key("", ""), Credentials::signed("", ""), Credentials::Token(SecretString::default())];
    let context = LoginContext::new(&SystemClock, 0);
    let message = kinds.iter().find_map(|kind| platform.login(&mut P::State::default(), kind, context));
    match message.as_ref().map(Outgoing::what) {
        None => "none: it knows no login".to_owned(),
        Some(None) => "a message of its own".to_owned(),
        Some(Some(what)) => what.to_owned(),
    }
}

/// A message in one line.
fn told(outgoing: &Outgoing) -> String {
    match &outgoing.body {
        Body::Text(text) => text.to_string(),
        Body::Binary(bytes) => format!("{} bytes", bytes.len()),
        Body::Json(text) => text.clone(),
        Body::Call { method, params: Some(params) } => format!("{method} {params}"),
        Body::Call { method, params: None } => method.to_string(),
        Body::Numbered { pieces } => pieces.join("1"),
    }
}
