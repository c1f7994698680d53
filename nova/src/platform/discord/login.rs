//! What begins a session, and what resumes one. Neither takes from the sends of a minute: room is kept for them.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::{Discord, Intents, Session, UpdatePresence};
use crate::{flow::Priority, message::Outgoing};

#[derive(Serialize)]
struct Op<T> {
    op: u8,
    d: T,
}

#[derive(Serialize)]
struct Identify<'a> {
    token: &'a str,
    intents: Intents,
    properties: Properties,
    compress: bool,
    large_threshold: u32,
    shard: (u32, u32),
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<&'a UpdatePresence>,
}

#[derive(Serialize)]
struct Properties {
    os: &'static str,
    browser: &'static str,
    device: &'static str,
}

#[derive(Serialize)]
struct Resume<'a> {
    token: &'a str,
    session_id: &'a str,
    seq: u64,
}

/// The token alone, where it was copied together with what stands before it in HTTP's header.
fn bare(token: &SecretString) -> &str {
    let token = token.expose_secret().trim();
    token.strip_prefix("Bot ").unwrap_or(token)
}

/// What the REST interface wants to see.
pub(super) fn header(token: &SecretString) -> SecretString {
    format!("Bot {}", bare(token)).into()
}

pub(super) fn identify(token: &SecretString, discord: &Discord) -> Outgoing {
    outgoing(
        2,
        Identify {
            token: bare(token),
            intents: discord.intents,
            properties: Properties { os: std::env::consts::OS, browser: "nova", device: "nova" },
            compress: false,
            large_threshold: discord.large_threshold,
            shard: discord.shard,
            presence: discord.presence.as_ref(),
        },
    )
}

pub(super) fn resume(token: &SecretString, session: &Session) -> Outgoing {
    outgoing(6, Resume { token: bare(token), session_id: &session.id, seq: session.seq })
}

fn outgoing(op: u8, d: impl Serialize) -> Outgoing {
    let text = serde_json::to_string(&Op { op, d }).expect("text and numbers can be written");
    Outgoing::json(text).priority(Priority::Control).cost(0)
}
