//! What each profile tells of one and the same eventful session: exactly these events, at these levels, in these groups.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use expect_test::expect;
use nova::{Credentials, Event, Handlers, Measurement, MessageEvent, MetricsCollector, Patch, State};
use serde_json::json;

use crate::support::{Plain, pass, secs, settle, venue};

/// The kinds of things a collector was told.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<BTreeSet<String>>>);

impl Recorder {
    fn note(&self, callback: &str, kind: &str) {
        self.0.lock().expect("whole").insert(format!("{callback} {kind}"));
    }
}

/// The word a value's `Debug` begins with.
fn kind(value: &dyn std::fmt::Debug) -> String {
    format!("{value:?}").split([' ', '(']).next().unwrap_or_default().to_lowercase()
}

impl MetricsCollector for Recorder {
    fn handle_connection_event(&self, _: &'static str, event: &Event) {
        self.note("connection", event.name());
    }

    fn handle_message_event(&self, _: &'static str, event: &MessageEvent<'_>) {
        self.note("message", &kind(event));
    }

    fn handle_error_event(&self, _: &'static str, event: &Event) {
        self.note("error", event.name());
    }

    fn handle_measurement(&self, _: &'static str, measurement: &Measurement<'_>) {
        self.note("measurement", &kind(measurement));
    }
}

fn set(key: &str, value: &str) -> Patch {
    Patch::new().set(key, value).expect("a setting")
}

/// A session in which one of everything happens: what listeners heard, and what the collector was told.
async fn told<C>(client: C) -> String
where
    C: Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    let recorder = Recorder::default();
    let connect = nova::connect(client).dialer(dialer).metrics(recorder.clone());
    let desk = connect.credentials(Credentials::key("id", "secret")).start().expect("started");
    let mut events = desk.events();
    let mut peer = server.logged_in().await;
    desk.wait_ready().await.expect("ready");

    // A topic that is confirmed, one that is not, and an answer that nobody asked for.
    for (topic, listed) in [("a", json!(["a"])), ("b", json!([]))] {
        let subscribing = tokio::spawn({
            let desk = desk.clone();
            async move { desk.subscribe(topic).await }
        });
        peer.answer("subscribe", listed).await;
        let _ = subscribing.await.expect("no panic");
    }
    peer.send(json!({"id": 999_999, "result": 0})).await;

    // More messages than the inbox holds.
    desk.configure(set("backpressure.buffer", "2")).await.expect("applied");
    for number in 0..5 {
        peer.push("a", json!(number)).await;
    }
    settle().await;

    // More sends than the limiter admits.
    let limits = set("rate_limit.capacity", "1").set("rate_limit.refill", "1/s").expect("a rate");
    desk.configure(limits).await.expect("applied");
    for _ in 0..3 {
        let sent = desk.clone();
        tokio::spawn(async move { sent.send("hello").await });
    }
    pass(secs(3)).await;

    // A heartbeat that is answered, one that is missed, and the connection after it.
    desk.configure(set("heartbeat.interval", "10s").set("heartbeat.missed", "2").expect("a count"))
        .await
        .expect("applied");
    peer.ping().await;
    desk.watch().until(|state| !state.is_ready()).await.expect("alive");
    let mut peer = server.logged_in().await;
    peer.answer("subscribe", json!(["a"])).await;
    desk.watch().until(State::is_ready).await.expect("ready");
    peer.push("a", json!(6)).await;
    settle().await;
    let closing = tokio::spawn(async move { desk.close().await });
    peer.rest().await;
    closing.await.expect("no panic");

    let mut heard = BTreeSet::new();
    while let Some(event) = events.next().await {
        heard.insert(format!("{} {} ({})", event.group(), event.name(), event.level()));
    }
    let heard = heard.into_iter().collect::<Vec<_>>().join("\n");
    let collected = recorder.0.lock().expect("whole").iter().cloned().collect::<Vec<_>>().join("\n");
    format!("{heard}\n--- collected\n{collected}\n")
}

#[nova::client(platform = Plain, profile = "financial")]
struct Financial;

#[nova::client(platform = Plain, profile = "standard")]
struct Standard;

#[nova::client(platform = Plain, profile = "lightweight")]
struct Lightweight;

#[nova::client(platform = Plain, profile = "messaging")]
struct Messaging;

#[tokio::test(start_paused = true)]
async fn financial_tells_exactly_these() {
    expect![[r"
        configuration configured (standard)
        connection heartbeat (detailed)
        connection heartbeat (standard)
        connection login (standard)
        connection state (minimal)
        error error (minimal)
        error orphan (standard)
        queue dropped (minimal)
        rate limited (standard)
        reconnection state (minimal)
        subscription confirmed (standard)
        subscription gap (minimal)
        subscription rejected (minimal)
        --- collected
        connection configured
        connection confirmed
        connection heartbeat
        connection limited
        connection login
        connection state
        error dropped
        error error
        error gap
        error orphan
        error rejected
        measurement heartbeat
        measurement ready
        measurement request
        message decoded
        message received
        message sent
    "]]
    .assert_eq(&told(Financial).await);
}

#[tokio::test(start_paused = true)]
async fn standard_tells_exactly_these() {
    expect![[r"
        configuration configured (standard)
        connection heartbeat (standard)
        connection login (standard)
        connection state (minimal)
        error error (minimal)
        error orphan (standard)
        queue dropped (minimal)
        rate limited (standard)
        reconnection state (minimal)
        subscription confirmed (standard)
        subscription gap (minimal)
        subscription rejected (minimal)
        --- collected
        connection configured
        connection confirmed
        connection heartbeat
        connection limited
        connection login
        connection state
        error dropped
        error error
        error gap
        error orphan
        error rejected
        measurement heartbeat
        measurement ready
        measurement request
    "]]
    .assert_eq(&told(Standard).await);
}

#[tokio::test(start_paused = true)]
async fn lightweight_tells_exactly_these() {
    expect![[r"
        connection state (minimal)
        error error (minimal)
        queue dropped (minimal)
        reconnection state (minimal)
        subscription gap (minimal)
        subscription rejected (minimal)
        --- collected
        connection state
        error dropped
        error error
        error gap
        error rejected
    "]]
    .assert_eq(&told(Lightweight).await);
}

#[tokio::test(start_paused = true)]
async fn messaging_tells_exactly_these() {
    expect![[r"
        configuration configured (standard)
        connection heartbeat (standard)
        connection login (standard)
        connection state (minimal)
        error error (minimal)
        error orphan (standard)
        queue dropped (minimal)
        rate limited (standard)
        reconnection state (minimal)
        subscription confirmed (standard)
        subscription gap (minimal)
        subscription rejected (minimal)
        --- collected
        connection configured
        connection confirmed
        connection heartbeat
        connection limited
        connection login
        connection state
        error dropped
        error error
        error gap
        error orphan
        error rejected
        measurement heartbeat
        measurement ready
        measurement request
        message decoded
        message received
        message sent
    "]]
    .assert_eq(&told(Messaging).await);
}
