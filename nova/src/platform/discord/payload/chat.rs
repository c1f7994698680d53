//! Messages, and what is done to them.

use serde::Deserialize;
use serde_json::Value;

use super::{Id, Member, User, nullable};

/// `MESSAGE_CREATE`. What it says is empty without [`Intents::MESSAGE_CONTENT`](crate::platform::discord::Intents::MESSAGE_CONTENT), unless
/// it is direct, from the bot or mentions it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ChatMessage {
    /// Its id.
    pub id: Id,
    /// Where.
    pub channel_id: Id,
    /// Where; `None` in a direct message.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// From whom.
    pub author: User,
    /// The author as a member of the guild.
    #[serde(default)]
    pub member: Option<Member>,
    /// What it says.
    #[serde(default, deserialize_with = "nullable")]
    pub content: String,
    /// When, as in RFC 3339.
    #[serde(default)]
    pub timestamp: String,
    /// Whom it mentions.
    #[serde(default, deserialize_with = "nullable")]
    pub mentions: Vec<User>,
    /// Files.
    #[serde(default, deserialize_with = "nullable")]
    pub attachments: Vec<Value>,
    /// Pictures of what it links to.
    #[serde(default, deserialize_with = "nullable")]
    pub embeds: Vec<Value>,
}

/// `MESSAGE_UPDATE`: what is `None` is not told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct MessageUpdated {
    /// Its id.
    pub id: Id,
    /// Where.
    pub channel_id: Id,
    /// Where; `None` in a direct message.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// From whom.
    #[serde(default)]
    pub author: Option<User>,
    /// What it says now.
    #[serde(default)]
    pub content: Option<String>,
    /// When it was changed, as in RFC 3339.
    #[serde(default)]
    pub edited_timestamp: Option<String>,
}

/// `MESSAGE_DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessageDeleted {
    /// Its id.
    pub id: Id,
    /// Where.
    pub channel_id: Id,
    /// Where; `None` in a direct message.
    #[serde(default)]
    pub guild_id: Option<Id>,
}

/// `MESSAGE_REACTION_ADD` and `MESSAGE_REACTION_REMOVE`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Reaction {
    /// By whom.
    pub user_id: Id,
    /// Where.
    pub channel_id: Id,
    /// To what.
    pub message_id: Id,
    /// Where; `None` in a direct message.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// Which one.
    #[serde(default)]
    pub emoji: Value,
}

/// `TYPING_START`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TypingStart {
    /// Where.
    pub channel_id: Id,
    /// Where; `None` in a direct message.
    #[serde(default)]
    pub guild_id: Option<Id>,
    /// Who.
    pub user_id: Id,
    /// Since when, in seconds since the Unix epoch.
    #[serde(default)]
    pub timestamp: u64,
}
