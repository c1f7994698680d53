//! Slack, the messenger: Socket Mode, as apps without a public address use it.

mod delivery;
mod frame;
mod message;
mod open;
mod payload;
mod seen;
#[cfg(test)]
mod tests;

pub use delivery::Delivery;
pub use message::Feed;
pub use payload::{
    Action, AppHome, AppInfo, ChatMessage, Command, DebugInfo, Event, Hello, Interaction, Mention, Named, RateLimited,
    Reaction, View,
};

use std::{borrow::Cow, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use self::{frame::Frame, seen::Seen};
use super::{Dial, Inbound, Incoming, LoginContext, Platform, PlatformSpec, Spec, Wire, described};
use crate::{
    auth::{AuthResponse, Credentials},
    codec::Json,
    error::{Error, ErrorClass, Result},
    frame::{self as frames, CloseCode},
    message::{Envelope, Outgoing},
};

/// How long Slack waits for an acknowledgement.
const WITHIN: Duration = Duration::from_secs(3);

static WIRE: Wire = Wire::new().headers(&[("Authorization", "Bearer {token}")]);

/// Slack's Socket Mode: what happens in the workspaces that have installed an app. The credentials are the app-level token
/// ([`Credentials::token`], `xapp-..`).
///
/// There are no topics: the app's settings say what is told. Each message comes on the channel of its envelope's type and what its payload
/// is: `events_api.app_mention`, `slash_commands`, `interactive.view_submission`, and `hello` first on each connection. [`Feed`] types them.
///
/// Each attempt asks Slack for a new address. Each envelope is acknowledged as soon as it is read, whatever the handlers do, and
/// delivered once, however often Slack sends it. [`answering`](Self::answering) leaves those that accept an answer to the client.
///
/// ```
/// use nova::platform::Slack;
///
/// let local = Slack::new().at("http://127.0.0.1:8080/api").answering();
/// # let _ = local;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Slack {
    api: Cow<'static, str>,
    answering: bool,
    recycled: bool,
}

/// What is remembered of Slack: what was delivered already, over all connections.
#[derive(Debug, Default)]
pub struct State {
    seen: Seen,
}

impl Slack {
    /// Slack itself.
    pub fn new() -> Self {
        Self { api: Self::SPEC.url.into(), answering: false, recycled: false }
    }

    /// Another address of the Web API, such as a local venue's: `http://127.0.0.1:8080/api`.
    pub fn at(mut self, api: impl Into<Cow<'static, str>>) -> Self {
        self.api = api.into();
        self
    }

    /// Envelopes that accept an answer (slash commands, submissions of a view, suggestions) are acknowledged by the client, with
    /// [`Delivery::answer`] or [`Delivery::ack`], within three seconds and on the same connection. One that is not is an
    /// [`Error::Timeout`] to `handle_error`.
    pub fn answering(mut self) -> Self {
        self.answering = true;
        self
    }

    /// Has Slack end each connection after six minutes or so instead of hours: to see an app live through it.
    pub fn debug_reconnects(mut self) -> Self {
        self.recycled = true;
        self
    }
}

impl Default for Slack {
    fn default() -> Self {
        Self::new()
    }
}

impl PlatformSpec for Slack {
    type Codec = Json;

    const SPEC: Spec = Spec::new("slack", "https://slack.com/api")
        .wire(&WIRE)
        .speaks_first()
        // A connection that Slack has used up is closed with 1000.
        .keeps_session(CloseCode::NORMAL);
}

impl Platform for Slack {
    type State = State;

    fn dial(&self, _: &mut State) -> Dial {
        Dial::Fetch(open::fetch(&self.api, self.recycled))
    }

    fn headers(
        &self,
        _: &mut State,
        credentials: Option<&Credentials>,
        context: LoginContext<'_>,
    ) -> Result<Vec<(String, SecretString)>> {
        let wrong = match credentials {
            Some(Credentials::Token(token)) if token.expose_secret().starts_with("xox") => {
                "this is a bot's or a user's"
            }
            Some(Credentials::Token(_)) => return described::headers(self, credentials, context),
            _ => "there is none",
        };
        let reason = format!("Slack wants the app-level token, and {wrong}: `Credentials::token(\"xapp-..\")`");
        Err(Error::config("credentials", reason))
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        // They have been seen, and nobody knows what they mean.
        if let frames::Frame::Binary(_) = incoming.frame {
            return Ok(Inbound::message(Envelope::whole(incoming.frame, None)));
        }
        let text = incoming.json()?;
        let on = |channel: &str| Envelope::known(incoming.frame, text, channel.into(), 0);
        Ok(match Frame::read(text)? {
            Frame::Hello => {
                Inbound::Admitted { response: AuthResponse::accepted(None, ""), envelope: on("hello"), gap: false }
            }
            Frame::Disconnect(reason) => disconnected(&reason),
            Frame::Envelope { id, key, channel, answerable } => {
                let (fresh, id) = (state.seen.note(&key), Arc::from(id));
                match (fresh, answerable && self.answering) {
                    (true, true) => Inbound::Asked { key: id, within: WITHIN, envelope: on(&channel) },
                    (true, false) => Inbound::Acknowledge { ack: delivery::ack(&id), envelope: Some(on(&channel)) },
                    (false, true) => Inbound::Ignored,
                    (false, false) => Inbound::Acknowledge { ack: delivery::ack(&id), envelope: None },
                }
            }
            Frame::Other { channel: Some(channel) } => Inbound::message(on(&channel)),
            Frame::Other { channel: None } => Inbound::message(Envelope::whole(incoming.frame, Some(text))),
        })
    }

    fn request(&self, _id: u64, _method: &str, _params: Option<&str>) -> Result<Outgoing> {
        Err(Error::Unsupported { platform: Self::SPEC.name, what: "calls; they belong to Slack's Web API" })
    }
}

/// What the end of a connection calls for that Slack announces.
fn disconnected<'f>(reason: &str) -> Inbound<'f> {
    let refused = |class| Error::Platform { class, code: 0, message: reason.into(), data: None };
    match reason {
        "warning" | "refresh_requested" => Inbound::Renew,
        "link_disabled" => {
            let source = Some(Box::new(refused(ErrorClass::Critical)));
            Inbound::Broken(Error::Auth { reason: "Socket Mode is switched off in the app's settings".into(), source })
        }
        "too_many_websockets" => Inbound::Broken(refused(ErrorClass::RateLimited)),
        _ => Inbound::Reconnect,
    }
}
