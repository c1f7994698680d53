//! What Slack tells as one message type, for clients that want no type of their own.

use serde_json::Value;

use super::{AppHome, ChatMessage, Command, Delivery, Event, Hello, Interaction, Mention, RateLimited, Reaction};
use crate::message::Raw;

/// The messages of Socket Mode: `message = nova::platform::slack::Feed`.
///
/// Events whose members are not typed here are JSON values, and an envelope of a new type is [`Other`](Self::Other).
///
/// ```
/// use nova::platform::slack::Feed;
///
/// #[nova::client(platform = "slack", profile = "messaging", message = Feed)]
/// struct App;
///
/// fn show(message: &Feed) {
///     match message {
///         Feed::Mention(mention) => println!("{}", mention.payload.event.text),
///         Feed::Command(command) => println!("{} {}", command.payload.command, command.payload.text),
///         other => println!("{other:?}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, nova::Message)]
#[non_exhaustive]
pub enum Feed {
    /// First on each connection.
    #[nova(channel = "hello")]
    Hello(Hello),
    /// `app_mention`: somebody has called the app by its name.
    #[nova(channel = "events_api.app_mention")]
    Mention(Box<Delivery<Event<Mention>>>),
    /// `message`: something was said, changed or deleted where the app listens.
    #[nova(channel = "events_api.message")]
    Message(Box<Delivery<Event<ChatMessage>>>),
    /// `reaction_added`.
    #[nova(channel = "events_api.reaction_added")]
    ReactionAdded(Box<Delivery<Event<Reaction>>>),
    /// `reaction_removed`.
    #[nova(channel = "events_api.reaction_removed")]
    ReactionRemoved(Box<Delivery<Event<Reaction>>>),
    /// `app_home_opened`.
    #[nova(channel = "events_api.app_home_opened")]
    AppHomeOpened(Box<Delivery<Event<AppHome>>>),
    /// So many events have come that others are left out.
    #[nova(channel = "events_api.app_rate_limited")]
    RateLimited(Delivery<RateLimited>),
    /// Any other event.
    #[nova(channel = "events_api.*")]
    Event(Box<Delivery<Event<Value>>>),
    /// A slash command.
    #[nova(channel = "slash_commands")]
    Command(Box<Delivery<Command>>),
    /// A button or another element of blocks was used.
    #[nova(channel = "interactive.block_actions")]
    BlockActions(Box<Delivery<Interaction>>),
    /// A modal was submitted.
    #[nova(channel = "interactive.view_submission")]
    ViewSubmission(Box<Delivery<Interaction>>),
    /// A modal was closed.
    #[nova(channel = "interactive.view_closed")]
    ViewClosed(Box<Delivery<Interaction>>),
    /// A global shortcut.
    #[nova(channel = "interactive.shortcut")]
    Shortcut(Box<Delivery<Interaction>>),
    /// A shortcut of a message.
    #[nova(channel = "interactive.message_action")]
    MessageAction(Box<Delivery<Interaction>>),
    /// A menu wants options for what was typed.
    #[nova(channel = "interactive.block_suggestion")]
    BlockSuggestion(Box<Delivery<Interaction>>),
    /// Any other interaction.
    #[nova(channel = "interactive.*")]
    Interaction(Box<Delivery<Value>>),
    /// Anything else.
    #[nova(other)]
    Other(Raw),
}
