//! What a bot may send: each is an [`Outgoing`], for [`Handle::send`](crate::Handle::send) and `cx.send(..)`.
//!
//! Discord answers none of them; what they bring about comes as events. Messages are sent over REST.

use serde::Serialize;
use serde_json::{Value, json};

use super::Id;
use crate::message::Outgoing;

/// What a bot shows of itself.
///
/// ```
/// # use nova::{Handle, platform::{Discord, discord::UpdatePresence}};
/// # async fn run<C: nova::Client<Platform = Discord>>(bot: Handle<C>) -> nova::Result {
/// bot.send(UpdatePresence::online().playing("chess")).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct UpdatePresence {
    since: Option<u64>,
    activities: Vec<Activity>,
    status: String,
    afk: bool,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its name.
    pub name: String,
    /// 0 playing, 1 streaming, 2 listening to, 3 watching, 4 a status of one's own, 5 competing in.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What a status of one's own says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where it is streamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl UpdatePresence {
    /// Online, doing nothing.
    pub fn online() -> Self {
        Self { since: None, activities: Vec::new(), status: "online".to_owned(), afk: false }
    }

    /// Another status: `online`, `dnd`, `idle`, `invisible`.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Idle since a moment, in milliseconds since the Unix epoch.
    pub fn idle_since(mut self, unix_ms: u64) -> Self {
        self.since = Some(unix_ms);
        self.afk = true;
        self.status("idle")
    }

    /// Playing a game.
    pub fn playing(self, name: impl Into<String>) -> Self {
        self.doing(Activity { name: name.into(), kind: 0, state: None, url: None })
    }

    /// Doing something.
    pub fn doing(mut self, activity: Activity) -> Self {
        self.activities.push(activity);
        self
    }
}

impl From<UpdatePresence> for Outgoing {
    fn from(presence: UpdatePresence) -> Self {
        json!({ "op": 3, "d": presence }).into()
    }
}

/// Asks for members of a guild, which come as [`Dispatch::MembersChunk`](super::Dispatch::MembersChunk).
///
/// ```
/// use nova::{Outgoing, platform::discord::{Id, RequestGuildMembers}};
///
/// let all = RequestGuildMembers::all(Id(200)).nonce("first");
/// let some = RequestGuildMembers::named(Id(200), "no", 10);
/// let outgoing: Outgoing = all.into();
/// assert!(outgoing.text().is_some_and(|text| text.contains(r#""guild_id":"200""#)));
/// # drop(some);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct RequestGuildMembers(Value);

impl RequestGuildMembers {
    /// All of them; needs [`Intents::GUILD_MEMBERS`](super::Intents::GUILD_MEMBERS).
    pub fn all(guild: Id) -> Self {
        Self::named(guild, "", 0)
    }

    /// Up to `limit` whose name begins so.
    pub fn named(guild: Id, prefix: &str, limit: u32) -> Self {
        Self(json!({ "guild_id": guild, "query": prefix, "limit": limit }))
    }

    /// These; up to a hundred.
    pub fn users(guild: Id, users: &[Id]) -> Self {
        Self(json!({ "guild_id": guild, "user_ids": users, "limit": 0 }))
    }

    /// With what they do; needs [`Intents::GUILD_PRESENCES`](super::Intents::GUILD_PRESENCES).
    pub fn presences(mut self) -> Self {
        self.0["presences"] = true.into();
        self
    }

    /// A name for the request, of at most 32 bytes, which the chunks that answer it bear.
    pub fn nonce(mut self, nonce: &str) -> Self {
        self.0["nonce"] = nonce.into();
        self
    }
}

impl From<RequestGuildMembers> for Outgoing {
    fn from(request: RequestGuildMembers) -> Self {
        json!({ "op": 8, "d": request.0 }).into()
    }
}

/// Joins, leaves or changes a voice channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct UpdateVoiceState {
    guild_id: Id,
    channel_id: Option<Id>,
    self_mute: bool,
    self_deaf: bool,
}

impl UpdateVoiceState {
    /// Joins a channel of a guild, or moves there.
    pub fn join(guild: Id, channel: Id) -> Self {
        Self { guild_id: guild, channel_id: Some(channel), self_mute: false, self_deaf: false }
    }

    /// Leaves the guild's voice channel.
    pub fn leave(guild: Id) -> Self {
        Self { channel_id: None, ..Self::join(guild, Id(0)) }
    }

    /// Says nothing there.
    pub fn muted(mut self) -> Self {
        self.self_mute = true;
        self
    }

    /// Hears nothing there.
    pub fn deafened(mut self) -> Self {
        self.self_deaf = true;
        self
    }
}

impl From<UpdateVoiceState> for Outgoing {
    fn from(state: UpdateVoiceState) -> Self {
        json!({ "op": 4, "d": state }).into()
    }
}
