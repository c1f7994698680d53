//! Events as one message type, for clients that want no type of their own.

use super::{
    Channel, ChatMessage, Guild, Interaction, MemberAdded, MemberRemoved, MembersChunk, MessageDeleted, MessageUpdated,
    PresenceUpdate, RateLimited, Reaction, Ready, TypingStart, UnavailableGuild, VoiceState,
};
use crate::message::Raw;

/// An event: `message = nova::platform::discord::Dispatch`. The common ones have a type, all others are [`Other`](Self::Other).
///
/// ```
/// use nova::platform::discord::Dispatch;
///
/// #[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
/// struct Bot;
///
/// fn show(event: &Dispatch) {
///     match event {
///         Dispatch::MessageCreate(message) => println!("{}: {}", message.author.username, message.content),
///         Dispatch::Other(raw) => println!("{:?}", raw.channel()),
///         other => println!("{other:?}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, nova::Message)]
#[non_exhaustive]
pub enum Dispatch {
    /// `READY`: a session has begun.
    #[nova(channel = "READY")]
    Ready(Box<Ready>),
    /// `RESUMED`: everything that was missed has come.
    #[nova(channel = "RESUMED")]
    Resumed,
    /// `GUILD_CREATE`: a guild that the bot is in, or that can be reached again.
    #[nova(channel = "GUILD_CREATE")]
    GuildCreate(Box<Guild>),
    /// `GUILD_UPDATE`.
    #[nova(channel = "GUILD_UPDATE")]
    GuildUpdate(Box<Guild>),
    /// `GUILD_DELETE`: the bot left it, or it cannot be reached.
    #[nova(channel = "GUILD_DELETE")]
    GuildDelete(UnavailableGuild),
    /// `CHANNEL_CREATE`.
    #[nova(channel = "CHANNEL_CREATE")]
    ChannelCreate(Channel),
    /// `CHANNEL_UPDATE`.
    #[nova(channel = "CHANNEL_UPDATE")]
    ChannelUpdate(Channel),
    /// `CHANNEL_DELETE`.
    #[nova(channel = "CHANNEL_DELETE")]
    ChannelDelete(Channel),
    /// `THREAD_CREATE`.
    #[nova(channel = "THREAD_CREATE")]
    ThreadCreate(Channel),
    /// `THREAD_UPDATE`.
    #[nova(channel = "THREAD_UPDATE")]
    ThreadUpdate(Channel),
    /// `THREAD_DELETE`.
    #[nova(channel = "THREAD_DELETE")]
    ThreadDelete(Channel),
    /// `GUILD_MEMBER_ADD`.
    #[nova(channel = "GUILD_MEMBER_ADD")]
    MemberAdd(MemberAdded),
    /// `GUILD_MEMBER_UPDATE`.
    #[nova(channel = "GUILD_MEMBER_UPDATE")]
    MemberUpdate(MemberAdded),
    /// `GUILD_MEMBER_REMOVE`.
    #[nova(channel = "GUILD_MEMBER_REMOVE")]
    MemberRemove(MemberRemoved),
    /// `GUILD_MEMBERS_CHUNK`.
    #[nova(channel = "GUILD_MEMBERS_CHUNK")]
    MembersChunk(MembersChunk),
    /// `MESSAGE_CREATE`.
    #[nova(channel = "MESSAGE_CREATE")]
    MessageCreate(Box<ChatMessage>),
    /// `MESSAGE_UPDATE`.
    #[nova(channel = "MESSAGE_UPDATE")]
    MessageUpdate(Box<MessageUpdated>),
    /// `MESSAGE_DELETE`.
    #[nova(channel = "MESSAGE_DELETE")]
    MessageDelete(MessageDeleted),
    /// `MESSAGE_REACTION_ADD`.
    #[nova(channel = "MESSAGE_REACTION_ADD")]
    ReactionAdd(Reaction),
    /// `MESSAGE_REACTION_REMOVE`.
    #[nova(channel = "MESSAGE_REACTION_REMOVE")]
    ReactionRemove(Reaction),
    /// `TYPING_START`.
    #[nova(channel = "TYPING_START")]
    TypingStart(TypingStart),
    /// `PRESENCE_UPDATE`.
    #[nova(channel = "PRESENCE_UPDATE")]
    PresenceUpdate(PresenceUpdate),
    /// `VOICE_STATE_UPDATE`.
    #[nova(channel = "VOICE_STATE_UPDATE")]
    VoiceStateUpdate(VoiceState),
    /// `INTERACTION_CREATE`.
    #[nova(channel = "INTERACTION_CREATE")]
    InteractionCreate(Box<Interaction>),
    /// `RATE_LIMITED`.
    #[nova(channel = "RATE_LIMITED")]
    RateLimited(RateLimited),
    /// Any other, and frames that are no events.
    #[nova(other)]
    Other(Raw),
}
