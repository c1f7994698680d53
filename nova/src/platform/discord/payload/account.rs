//! The bot itself, other users, and what they do to it.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{Channel, Id, Member, UnavailableGuild, nullable};

/// `READY`: a session has begun. The session's own name and address are nova's, and not among this.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Ready {
    /// The version of the gateway.
    #[serde(default)]
    pub v: u32,
    /// The bot.
    pub user: User,
    /// The guilds that it is in; each comes as an event of its own.
    #[serde(default, deserialize_with = "nullable")]
    pub guilds: Vec<UnavailableGuild>,
    /// The application whose bot it is.
    #[serde(default)]
    pub application: Application,
}

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// Its flags.
    #[serde(default)]
    pub flags: u64,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Its id.
    pub id: Id,
    /// Its name; empty where Discord tells the id only.
    #[serde(default)]
    pub username: String,
    /// The name that is shown, where it has one.
    #[serde(default)]
    pub global_name: Option<String>,
    /// Whether it is a bot.
    #[serde(default)]
    pub bot: bool,
}

/// `INTERACTION_CREATE`: somebody used a command or a component. It is answered over REST.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Interaction {
    /// Its id.
    pub id: Id,
    /// The application.
    pub application_id: Id,
    /// 1 ping, 2 command, 3 component, 4 completion, 5 form.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What it is answered with, for fifteen minutes: a secret.
    pub token: String,
    /// What was used, and how.
    #[serde(default)]
    pub data: Value,
    /// Where.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// Where.
    #[serde(default)]
    pub channel_id: Option<Id>,
    /// The channel, as far as it is told.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// By whom, in a guild.
    #[serde(default)]
    pub member: Option<Member>,
    /// By whom, in a direct message.
    #[serde(default)]
    pub user: Option<User>,
}

impl fmt::Debug for Interaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, kind, data, guild_id, channel_id, .. } = self;
        f.debug_struct("Interaction")
            .field("id", id)
            .field("kind", kind)
            .field("data", data)
            .field("guild_id", guild_id)
            .field("channel_id", channel_id)
            .finish_non_exhaustive()
    }
}

/// `PRESENCE_UPDATE`: somebody is online, or does something else.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PresenceUpdate {
    /// Who; often the id only.
    pub user: User,
    /// In which guild.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// `online`, `idle`, `dnd` or `offline`.
    #[serde(default)]
    pub status: String,
    /// What they do.
    #[serde(default, deserialize_with = "nullable")]
    pub activities: Vec<Value>,
}

/// `VOICE_STATE_UPDATE`: somebody joined, left or changed a voice channel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct VoiceState {
    /// In which guild.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// In which channel; `None` where they left.
    pub channel_id: Option<Id>,
    /// Who.
    pub user_id: Id,
    /// Whether they say nothing.
    #[serde(default)]
    pub self_mute: bool,
    /// Whether they hear nothing.
    #[serde(default)]
    pub self_deaf: bool,
}

/// `RATE_LIMITED`: a request was one too many.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct RateLimited {
    /// Which one: 8 for members.
    pub opcode: u8,
    /// After how many seconds it may be made again.
    pub retry_after: f64,
    /// What it was about.
    #[serde(default)]
    pub meta: Value,
}
