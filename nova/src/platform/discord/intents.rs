//! Intents: which events a session is told. They are Discord's subscriptions, and fixed for a session.

use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Serialize};

/// Which events a session is told: a sum, made by `|`.
///
/// Those marked *privileged* have to be switched on for the application first; else Discord closes with 4014.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Intents(pub u64);

macro_rules! intents {
    ($( $(#[doc = $doc:literal])* $name:ident = $bit:literal, )*) => {
        impl Intents {
            $( $(#[doc = $doc])* pub const $name: Self = Self(1 << $bit); )*

            /// All that this version knows, the privileged ones included.
            pub const ALL: Self = Self(0 $(| 1 << $bit)*);
        }
    };
}

intents! {
    /// Guilds, their roles, channels and threads.
    GUILDS = 0,
    /// Members who come, go and change: privileged.
    GUILD_MEMBERS = 1,
    /// The audit log and bans.
    GUILD_MODERATION = 2,
    /// Emojis, stickers and sounds.
    GUILD_EXPRESSIONS = 3,
    /// Integrations.
    GUILD_INTEGRATIONS = 4,
    /// Webhooks.
    GUILD_WEBHOOKS = 5,
    /// Invites.
    GUILD_INVITES = 6,
    /// Who is in which voice channel.
    GUILD_VOICE_STATES = 7,
    /// Who is online, and what they do: privileged.
    GUILD_PRESENCES = 8,
    /// Messages in guilds.
    GUILD_MESSAGES = 9,
    /// Reactions to them.
    GUILD_MESSAGE_REACTIONS = 10,
    /// Who is typing in guilds.
    GUILD_MESSAGE_TYPING = 11,
    /// Direct messages.
    DIRECT_MESSAGES = 12,
    /// Reactions to them.
    DIRECT_MESSAGE_REACTIONS = 13,
    /// Who is typing in direct messages.
    DIRECT_MESSAGE_TYPING = 14,
    /// What messages say, beside those that are to the bot or from it: privileged.
    MESSAGE_CONTENT = 15,
    /// Scheduled events.
    GUILD_SCHEDULED_EVENTS = 16,
    /// The rules of automatic moderation.
    AUTO_MODERATION_CONFIGURATION = 20,
    /// What it did.
    AUTO_MODERATION_EXECUTION = 21,
    /// Votes in guilds.
    GUILD_MESSAGE_POLLS = 24,
    /// Votes in direct messages.
    DIRECT_MESSAGE_POLLS = 25,
}

impl Intents {
    /// Those that have to be switched on for the application first.
    pub const PRIVILEGED: Self = Self(Self::GUILD_MEMBERS.0 | Self::GUILD_PRESENCES.0 | Self::MESSAGE_CONTENT.0);

    /// All others.
    pub const UNPRIVILEGED: Self = Self(Self::ALL.0 & !Self::PRIVILEGED.0);

    /// Whether all of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Intents {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Intents {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
