//! Payloads as types, for those who want no type of their own. Members not named here are ignored, and what Discord may leave out is an
//! `Option` or empty.

mod account;
mod chat;
mod guild;
mod id;

pub use account::{Application, Interaction, PresenceUpdate, RateLimited, Ready, User, VoiceState};
pub use chat::{ChatMessage, MessageDeleted, MessageUpdated, Reaction, TypingStart};
pub use guild::{Channel, Guild, Member, MemberAdded, MemberRemoved, MembersChunk, Role, UnavailableGuild};
pub use id::Id;

use serde::{Deserialize, Deserializer};

/// A member that may be missing or `null`, as its default.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
