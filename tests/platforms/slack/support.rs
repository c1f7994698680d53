//! Clients of the local workspace: over streams inside the process, so that the clock may be paused.

use std::{sync::Arc, time::Duration};

use nova::{
    Client, Connect, Credentials, Error, Handle, Item, Transition,
    platform::{Slack as Platform, slack::Feed},
    test::venue::{Slack, SlackBuilder},
};
use tokio::time::{Instant, timeout_at};

use crate::support;

/// The client of most tests: nothing of it is written by hand.
#[nova::client(platform = "slack", profile = "messaging", message = Feed)]
pub(crate) struct App;

/// A workspace without a port.
pub(crate) fn venue(builder: SlackBuilder) -> Arc<Slack> {
    Arc::new(builder.offline().expect("the venue's settings"))
}

/// A dialer to it.
pub(crate) fn dialer(venue: &Arc<Slack>) -> nova::MemoryDialer {
    let server = Arc::clone(venue);
    support::dialer(move |stream| server.serve(stream))
}

/// A client that is about to connect, with the token that the workspace knows.
pub(crate) fn connect(venue: &Arc<Slack>) -> Connect<App> {
    connect_as(App, venue, Platform::new())
}

/// The same for any client.
pub(crate) fn connect_as<C: nova::Handlers<Platform = Platform>>(
    client: C,
    venue: &Arc<Slack>,
    platform: Platform,
) -> Connect<C> {
    let token = Credentials::token(venue.token());
    nova::connect(client).platform(platform.at(venue.api())).dialer(dialer(venue)).credentials(token)
}

/// Waits until connection number `epoch` has become ready, and says how.
pub(crate) async fn ready<C: Client>(app: &Handle<C>, epoch: u64) -> Transition {
    let mut watch = app.watch();
    loop {
        let mut steps = app.history().into_iter();
        if let Some(step) = steps.find(|step| step.epoch == epoch && step.to.is_ready()) {
            return step;
        }
        let state = watch.changed().await;
        assert!(!state.is_terminal(), "the client ended before connection {epoch} was ready: {:?}", watch.end());
    }
}

/// What comes within this time, in short: what kind of message, and which attempt of it.
pub(crate) async fn told(app: &Handle<App>, within: Duration) -> Vec<String> {
    let end = Instant::now() + within;
    let mut told = Vec::new();
    while let Ok(item) = timeout_at(end, app.next()).await {
        told.push(match item.expect("alive") {
            Item::Message(Feed::Hello(hello)) => format!("hello {}", hello.num_connections),
            Item::Message(Feed::Mention(mention)) => {
                format!("{} {}", mention.payload.event.text, mention.retry_attempt.unwrap_or_default())
            }
            Item::Message(Feed::Command(command)) => format!("{} {}", command.payload.command, command.payload.text),
            Item::Message(Feed::Other(raw)) => format!("other {}", raw.channel().unwrap_or("-")),
            Item::Message(other) => format!("{other:?}"),
            Item::Undecodable(raw, _) => format!("undecodable {}", raw.text().unwrap_or_default()),
            other => format!("{other:?}"),
        });
    }
    told
}

/// What an app is called with, as an event.
pub(crate) fn mention(text: &str) -> serde_json::Value {
    serde_json::json!({ "type": "app_mention", "user": "U1", "text": text, "ts": "1.2", "channel": "C1", "event_ts": "1.2" })
}

/// The error that ended the last connection, or the attempt at one.
pub(crate) fn cause<C: Client>(app: &Handle<C>) -> Error {
    let causes = app.history().into_iter().rev().map(|step| step.cause);
    let errors =
        causes.filter_map(|cause| if let nova::Cause::Error(error) = &*cause { Some(error.clone()) } else { None });
    errors.into_iter().next().expect("a failure")
}
