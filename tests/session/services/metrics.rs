//! A metrics collector: told what the settings tell of, and never the end of its client.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use nova::{Connect, Error, Event, Handle, MessageEvent, MetricsCollector, Patch, View, metrics::Counters, patch};
use serde_json::json;

use crate::support::{Peer, Plain, Server, nowhere, pass, secs, settle, venue};

/// What a collector was told, as `callback client event`.
#[derive(Clone, Debug, Default)]
struct Recorder {
    told: Arc<Mutex<Vec<String>>>,
    /// The callback that panics.
    panics_in: Option<&'static str>,
}

impl Recorder {
    fn note(&self, callback: &'static str, client: &'static str, event: &dyn Debug) {
        self.told.lock().expect("whole").push(format!("{callback} {client} {event:?}"));
        assert!(self.panics_in != Some(callback), "the collector fell over");
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().expect("whole").clone()
    }

    fn has(&self, words: &str) -> bool {
        self.told().iter().any(|told| told.contains(words))
    }
}

impl MetricsCollector for Recorder {
    fn handle_connection_event(&self, client: &'static str, event: &Event) {
        self.note("handle_connection_event", client, event);
    }

    fn handle_message_event(&self, client: &'static str, event: &MessageEvent<'_>) {
        self.note("handle_message_event", client, event);
    }

    fn handle_error_event(&self, client: &'static str, event: &Event) {
        self.note("handle_error_event", client, event);
    }
}

#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Desk;

impl nova::MessageHandler for Desk {
    async fn handle_message(&mut self, _: nova::Raw, _: &mut nova::Context<'_, Self>) -> nova::Result {
        Err(Error::handler("no room"))
    }

    fn message_type<'m>(_: &'m nova::Raw, _: View<'m, Self>) -> &'m str {
        "tick"
    }
}

fn switches([connection, message, error, reconnection]: [bool; 4]) -> Patch {
    let told = patch::Telemetry::new().connection(connection).message(message).error(error);
    Patch::new().telemetry(told.reconnection(reconnection))
}

/// A client that got ready, met a message that its handler refuses, and lost a link.
async fn eventful(connect: Connect<Desk>) -> (Handle<Desk>, nova::Events, Server, Peer) {
    let (dialer, server) = venue();
    let desk = connect.dialer(dialer).start().expect("started");
    let events = desk.events();
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    peer.push("a", json!(1)).await;
    settle().await;
    drop(peer);
    let peer = server.ready().await;
    pass(secs(1)).await;
    assert!(desk.state().is_ready(), "{:?}", desk.state());
    (desk, events, server, peer)
}

#[tokio::test(start_paused = true)]
async fn each_group_is_told_where_its_switch_is_on() {
    for on in [
        [true, true, true, true],
        [true, false, false, false],
        [false, true, false, false],
        [false, false, true, false],
        [false, false, false, true],
        [false, false, false, false],
    ] {
        let [connection, message, error, reconnection] = on;
        let recorder = Recorder::default();
        let _all = eventful(nova::connect(Desk).metrics(recorder.clone()).configure(switches(on))).await;
        let told = recorder.told();
        let case = format!("{on:?}: {told:#?}");
        assert_eq!(
            recorder.has("handle_connection_event Desk State(Transition { from: Restoring"),
            connection,
            "{case}"
        );
        assert_eq!(recorder.has("to: Backoff"), reconnection, "{case}");
        assert_eq!(recorder.has("handle_message_event Desk Received"), message, "{case}");
        assert_eq!(recorder.has("handle_message_event Desk Decoded { kind: \"tick\""), message, "{case}");
        assert_eq!(recorder.has("handle_message_event Desk Sent { frames: 1"), message, "{case}");
        assert_eq!(recorder.has("handle_error_event Desk Error(Handler"), error, "{case}");
        assert_eq!(recorder.has("handle_error_event Desk Error(Lost"), error, "{case}");
        assert_eq!(told.is_empty(), !on.contains(&true), "{case}");
    }
}

/// One whose strategy lets any error of a handler end it.
#[nova::client(platform = Plain, profile = "financial", strategy = "fail_fast")]
struct Strict;

#[tokio::test(start_paused = true)]
async fn a_collector_that_panics_is_switched_off_and_told_of_and_the_client_lives_on() {
    for callback in ["handle_connection_event", "handle_message_event", "handle_error_event"] {
        let recorder = Recorder { panics_in: Some(callback), ..Recorder::default() };
        let (dialer, server) = venue();
        let connect = nova::connect(Strict).metrics(recorder.clone()).configure(switches([true; 4]));
        let strict = connect.dialer(dialer).start().expect("started");
        let mut events = strict.events();
        let peer = server.ready().await;
        settle().await;
        drop(peer);
        let mut peer = server.ready().await;
        settle().await;
        let before = recorder.told().len();
        peer.push("a", json!(1)).await;
        settle().await;
        assert!(strict.state().is_ready(), "{callback}");
        let times = recorder.told().iter().filter(|told| told.starts_with(callback)).count();
        assert_eq!((times, recorder.told().len()), (1, before), "{callback}: never called again");
        let told = std::iter::from_fn(|| events.try_next())
            .filter(|event| matches!(event, Event::Error(Error::Panicked { callback: named }) if *named == callback));
        assert_eq!(told.count(), 1, "{callback}");
    }
}

#[nova::client(platform = Plain, profile = "financial", metrics = "counters")]
struct Counted;

#[tokio::test(start_paused = true)]
async fn counters_count_exactly_and_are_read_through_the_handle() {
    let (dialer, server) = venue();
    let desk = nova::connect(Counted).dialer(dialer).start().expect("started");
    let counters = desk.metrics::<Counters>().expect("as the attribute says");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let before = counters.read();
    assert_eq!((before.ready, before.received, before.sent, before.decoded), (1, 1, 1, 0), "the preparation");
    let push = json!({"channel": "a", "data": 1});
    for _ in 0..3 {
        peer.send(push.clone()).await;
    }
    for _ in 0..2 {
        desk.send("hello").await.expect("sent");
    }
    settle().await;
    let after = counters.read();
    assert_eq!((after.received - before.received, after.decoded, after.sent - before.sent), (3, 3, 2));
    assert_eq!(after.received_bytes - before.received_bytes, 3 * push.to_string().len() as u64);
    // Two bytes of head and four of mask each.
    assert_eq!(after.sent_bytes - before.sent_bytes, 2 * (5 + 6));
    drop(peer);
    let _peer = server.ready().await;
    settle().await;
    let end = counters.read();
    assert_eq!((end.ready, end.retries, end.errors), (2, 1, 1), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn the_builders_collector_wins_and_without_one_there_is_none() {
    let counted = nova::connect(Counted).metrics(Recorder::default()).dialer(nowhere()).start().expect("started");
    assert!(counted.metrics::<Recorder>().is_some() && counted.metrics::<Counters>().is_none());
    let desk = nova::connect(Desk).dialer(nowhere()).start().expect("started");
    assert!(desk.metrics::<Counters>().is_none());
}
