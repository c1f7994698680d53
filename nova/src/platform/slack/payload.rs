//! Payloads as types, for those who want no type of their own. Members not named here are ignored.

use serde::Deserialize;
use serde_json::Value;

/// Slack's first words on a connection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Hello {
    /// How many connections the app has, this one included. Slack gives each delivery to one of them.
    pub num_connections: u32,
    /// Where this one ends, and for how long.
    pub debug_info: DebugInfo,
    /// Whose it is.
    pub connection_info: AppInfo,
}

/// Where a connection ends, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct DebugInfo {
    /// The host.
    pub host: String,
    /// Its build.
    pub build_number: Option<u64>,
    /// After about how many seconds Slack will want another connection.
    pub approximate_connection_time: Option<u64>,
}

/// Whose a connection is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct AppInfo {
    /// The app.
    pub app_id: String,
}

/// An event of the Events API, and what stands around it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Event<T> {
    /// The workspace.
    #[serde(default)]
    pub team_id: String,
    /// The app.
    #[serde(default)]
    pub api_app_id: String,
    /// The event's name, the same each time that Slack sends it.
    #[serde(default)]
    pub event_id: String,
    /// When it happened, in seconds since the Unix epoch.
    #[serde(default)]
    pub event_time: u64,
    /// What happened.
    pub event: T,
}

/// Somebody has called the app by its name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Mention {
    /// Who; a bot may be none.
    #[serde(default)]
    pub user: Option<String>,
    /// The words.
    #[serde(default)]
    pub text: String,
    /// The message's name in its channel.
    pub ts: String,
    /// Where.
    pub channel: String,
    /// The thread's first message.
    #[serde(default)]
    pub thread_ts: Option<String>,
}

/// Something was said, changed or deleted.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ChatMessage {
    /// What is special about it, such as `bot_message` or `message_changed`.
    #[serde(default)]
    pub subtype: Option<String>,
    /// Where.
    #[serde(default)]
    pub channel: Option<String>,
    /// `channel`, `group`, `im` or `mpim`.
    #[serde(default)]
    pub channel_type: Option<String>,
    /// Who.
    #[serde(default)]
    pub user: Option<String>,
    /// Which bot.
    #[serde(default)]
    pub bot_id: Option<String>,
    /// The words.
    #[serde(default)]
    pub text: Option<String>,
    /// The message's name in its channel.
    #[serde(default)]
    pub ts: Option<String>,
    /// The thread's first message.
    #[serde(default)]
    pub thread_ts: Option<String>,
}

/// A reaction to something.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Reaction {
    /// Who.
    #[serde(default)]
    pub user: Option<String>,
    /// The emoji's name.
    pub reaction: String,
    /// Whose it is a reaction to.
    #[serde(default)]
    pub item_user: Option<String>,
    /// To what.
    #[serde(default)]
    pub item: Value,
}

/// Somebody has opened the app's home.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AppHome {
    /// Who.
    pub user: String,
    /// The direct messages with the app.
    #[serde(default)]
    pub channel: Option<String>,
    /// `home` or `messages`.
    #[serde(default)]
    pub tab: Option<String>,
}

/// So many events have come that others are left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct RateLimited {
    /// The workspace.
    #[serde(default)]
    pub team_id: String,
    /// The app.
    #[serde(default)]
    pub api_app_id: String,
    /// The minute, in seconds since the Unix epoch.
    #[serde(default)]
    pub minute_rate_limited: u64,
}

/// A slash command.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Command {
    /// Its name, with the slash.
    pub command: String,
    /// What stands behind it.
    #[serde(default)]
    pub text: String,
    /// Who.
    #[serde(default)]
    pub user_id: String,
    /// Where.
    #[serde(default)]
    pub channel_id: String,
    /// The workspace.
    #[serde(default)]
    pub team_id: String,
    /// Where answers may be posted later.
    #[serde(default)]
    pub response_url: Option<String>,
    /// What opens a modal within three seconds.
    #[serde(default)]
    pub trigger_id: Option<String>,
}

/// A use of an app's interface: which members there are depends on its type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Interaction {
    /// `block_actions`, `view_submission` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// The workspace.
    #[serde(default)]
    pub team: Option<Named>,
    /// Who.
    #[serde(default)]
    pub user: Option<Named>,
    /// Where.
    #[serde(default)]
    pub channel: Option<Named>,
    /// The app's own name of it.
    #[serde(default)]
    pub callback_id: Option<String>,
    /// What opens a modal within three seconds.
    #[serde(default)]
    pub trigger_id: Option<String>,
    /// Where answers may be posted later.
    #[serde(default)]
    pub response_url: Option<String>,
    /// The elements that were used.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// The modal.
    #[serde(default)]
    pub view: Option<View>,
    /// The message it belongs to.
    #[serde(default)]
    pub message: Option<Value>,
    /// Suggestions: which menu.
    #[serde(default)]
    pub action_id: Option<String>,
    /// Suggestions: what was typed.
    #[serde(default)]
    pub value: Option<String>,
}

/// A workspace, a user or a channel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
}

/// An element that was used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Action {
    /// What kind of element.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The app's own name of it.
    #[serde(default)]
    pub action_id: String,
    /// The block it stands in.
    #[serde(default)]
    pub block_id: Option<String>,
    /// A button's value.
    #[serde(default)]
    pub value: Option<String>,
}

/// A modal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct View {
    /// Its id.
    pub id: String,
    /// The app's own name of it.
    #[serde(default)]
    pub callback_id: Option<String>,
    /// What the app keeps in it.
    #[serde(default)]
    pub private_metadata: Option<String>,
    /// What was filled in.
    #[serde(default)]
    pub state: Value,
}
