//! The local workspace, judged by Slack's own client for Node; then nova's platform on the same workspace, over the same sockets.

use nova::{
    Credentials, Handle,
    platform::{Slack as Platform, slack::Feed},
    test::venue::Slack,
};
use serde_json::{Value, json};

use crate::{official::Official, peer::within};

#[nova::client(platform = "slack", profile = "messaging", message = Feed)]
struct App;

async fn venue() -> Slack {
    Slack::start().await.expect("a free port")
}

fn called() -> Value {
    json!({ "type": "app_mention", "user": "U1", "text": "hi", "ts": "1.2", "channel": "C1", "event_ts": "1.2" })
}

/// What an envelope is acknowledged with.
async fn acknowledged(venue: &Slack, envelope: &str) -> Value {
    within(envelope, venue.acknowledged(envelope))
        .await
        .unwrap_or_else(|| panic!("{envelope}: {:#?}", venue.transcript()))
}

/// Whatever becomes of the connection, each event is acknowledged on the next.
async fn lives_through(venue: &Slack) {
    type End = fn(&Slack) -> usize;
    let ends: [(&str, End); 4] = [
        ("refresh", |venue| venue.disconnect("refresh_requested")),
        ("warning", |venue| venue.disconnect("warning")),
        ("cut", Slack::cut),
        ("close", |venue| venue.close_all(1000, "")),
    ];
    for (at, (name, end)) in ends.into_iter().enumerate() {
        assert_eq!(end(venue), 1, "{name}");
        let event = venue.event(called());
        assert_eq!(acknowledged(venue, &event).await, Value::Null, "{name}");
        assert_eq!((venue.connected(), venue.opens()), (at as u64 + 2, at as u64 + 2), "{name}");
        within("the end of the old connection", async {
            while venue.connections() > 1 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn slacks_own_client_connects_acknowledges_and_reconnects() {
    let venue = venue().await;
    let Some(mut client) = Official::start("slack", &venue.api(), &[&venue.token()]) else { return };
    client.sees("connected").await;
    let (event, command) = (venue.event(called()), venue.command("/nova", "go"));
    assert_eq!(acknowledged(&venue, &event).await, Value::Null);
    assert_eq!(acknowledged(&venue, &command).await, json!({ "text": "done" }));
    assert_eq!(client.sees("envelope").await["type"], "events_api");
    assert_eq!(client.sees("envelope").await["type"], "slash_commands");
    assert!(venue.repeat(&event));
    acknowledged(&venue, &event).await;
    lives_through(&venue).await;
    assert!(venue.complaints().is_empty(), "{:?}", venue.complaints());
}

#[tokio::test]
async fn slacks_own_client_is_refused_as_slack_refuses_it() {
    let venue = venue().await;
    let Some(mut client) = Official::start("slack", &venue.api(), &["xapp-1-A0001-1-wrong"]) else { return };
    let failed = client.sees("failed").await;
    assert!(failed["message"].as_str().is_some_and(|words| words.contains("invalid_auth")), "{failed}");
    assert_eq!(venue.connected(), 0);
}

#[tokio::test]
async fn novas_client_does_the_same() {
    let venue = venue().await;
    let token = Credentials::token(venue.token());
    let app: Handle<App> = within("ready", async {
        nova::connect(App).platform(Platform::new().at(venue.api())).credentials(token).await
    })
    .await
    .expect("ready");
    let (event, command) = (venue.event(called()), venue.command("/nova", "go"));
    assert_eq!(acknowledged(&venue, &event).await, Value::Null);
    assert_eq!(acknowledged(&venue, &command).await, Value::Null);
    assert!(venue.repeat(&event));
    acknowledged(&venue, &event).await;
    lives_through(&venue).await;
    assert!(venue.complaints().is_empty() && app.state().is_ready(), "{:?}", venue.complaints());
}
