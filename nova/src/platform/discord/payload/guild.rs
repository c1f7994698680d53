//! Guilds, their channels, roles and members.

use serde::Deserialize;
use serde_json::Value;

use super::{Id, User, nullable};

/// A guild that is not there, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UnavailableGuild {
    /// Its id.
    pub id: Id,
    /// Whether it cannot be reached. `GUILD_DELETE` without this says that the bot is no longer in it.
    #[serde(default)]
    pub unavailable: bool,
}

/// `GUILD_CREATE` and `GUILD_UPDATE`: a guild, whole in the first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Guild {
    /// Its id.
    pub id: Id,
    /// Its name; empty where it cannot be reached.
    #[serde(default)]
    pub name: String,
    /// Whether it cannot be reached.
    #[serde(default, deserialize_with = "nullable")]
    pub unavailable: bool,
    /// Whose it is.
    #[serde(default)]
    pub owner_id: Option<Id>,
    /// How many are in it.
    #[serde(default)]
    pub member_count: Option<u64>,
    /// Whether it is too large for all members to be told.
    #[serde(default, deserialize_with = "nullable")]
    pub large: bool,
    /// Its roles.
    #[serde(default, deserialize_with = "nullable")]
    pub roles: Vec<Role>,
    /// Its channels.
    #[serde(default, deserialize_with = "nullable")]
    pub channels: Vec<Channel>,
    /// Its threads.
    #[serde(default, deserialize_with = "nullable")]
    pub threads: Vec<Channel>,
    /// Its members, as far as they are told.
    #[serde(default, deserialize_with = "nullable")]
    pub members: Vec<Member>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// Its id.
    pub id: Id,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it permits: a sum of bits, as a string.
    #[serde(default)]
    pub permissions: String,
}

/// A channel or thread.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Channel {
    /// Its id.
    pub id: Id,
    /// What it is: 0 for text in a guild, 1 for direct messages, 2 for voice.
    #[serde(rename = "type", default)]
    pub kind: u16,
    /// In which guild; not told within one.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// Its name, where it has one.
    #[serde(default)]
    pub name: Option<String>,
    /// The category, or of a thread the channel, it is in.
    #[serde(default)]
    pub parent_id: Option<Id>,
}

/// A member of a guild.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Who; not told beside a message, whose author it is.
    #[serde(default)]
    pub user: Option<User>,
    /// The name in this guild, where it is another.
    #[serde(default)]
    pub nick: Option<String>,
    /// The ids of the roles.
    #[serde(default, deserialize_with = "nullable")]
    pub roles: Vec<Id>,
    /// Since when, as in RFC 3339.
    #[serde(default)]
    pub joined_at: Option<String>,
}

/// `GUILD_MEMBER_ADD` and `GUILD_MEMBER_UPDATE`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MemberAdded {
    /// The guild.
    pub guild_id: Id,
    /// The member.
    #[serde(flatten)]
    pub member: Member,
}

/// `GUILD_MEMBER_REMOVE`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MemberRemoved {
    /// The guild.
    pub guild_id: Id,
    /// Who left.
    pub user: User,
}

/// `GUILD_MEMBERS_CHUNK`: a part of the answer to [`RequestGuildMembers`](crate::platform::discord::RequestGuildMembers).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct MembersChunk {
    /// The guild.
    pub guild_id: Id,
    /// Members of it.
    pub members: Vec<Member>,
    /// Which part it is, from 0.
    #[serde(default)]
    pub chunk_index: u32,
    /// How many there are.
    #[serde(default)]
    pub chunk_count: u32,
    /// Who was asked for and is not there.
    #[serde(default, deserialize_with = "nullable")]
    pub not_found: Vec<Value>,
    /// The request's name.
    #[serde(default)]
    pub nonce: Option<String>,
}
