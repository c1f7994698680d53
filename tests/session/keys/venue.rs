//! The keys of logins, topics, telemetry and the cluster.

use nova::{Credentials, Effect, EventGroup, Patch, cluster::Local, metrics::Counters};
use serde_json::json;
use tokio::time::Instant;

use super::{Probe, Row, Seen, probe};
use crate::{
    script::millis,
    support::{Log, asked, endless, pass, secs, serve, settle, venue},
};

pub(super) const ROWS: &[Row] = &[
    Row {
        key: "auth.refresh_at",
        see: renewal,
        beside: &[],
        values: &[("0.3", 27_000..=33_000), ("0.6", 54_000..=66_000)],
    },
    Row { key: "auth.timeout", see: login, beside: &[], values: &[("2s", 2_000..=2_000), ("4s", 4_000..=4_000)] },
    Row { key: "subscriptions.chunk", see: requests, beside: &[], values: &[("2", 5..=5), ("10", 1..=1)] },
    Row {
        key: "subscriptions.ack_timeout",
        see: |settings| unanswered(settings, |asked| millis(asked[1] - asked[0])),
        beside: &[],
        values: &[("2s", 2_000..=2_999), ("5s", 5_000..=5_999)],
    },
    Row {
        key: "subscriptions.retries",
        see: |settings| unanswered(settings, |asked| asked.len() as u64),
        beside: &[("subscriptions.ack_timeout", "2s")],
        values: &[("1", 2..=2), ("3", 4..=4)],
    },
    Row { key: "subscriptions.stale_after", see: asked_for, beside: &[], values: &[("off", 1..=1), ("30s", 2..=2)] },
    Row {
        key: "telemetry.level",
        see: |settings| told(settings, &[EventGroup::Subscription, EventGroup::Connection]),
        beside: &[],
        values: &[("minimal", 4..=4), ("standard", 5..=5), ("detailed", 6..=20)],
    },
    Row {
        key: "telemetry.connection",
        see: |settings| told(settings, &[EventGroup::Connection]),
        beside: &[],
        values: &[("true", 4..=4), ("false", 0..=0)],
    },
    Row { key: "telemetry.message", see: frames, beside: &[], values: &[("true", 1..=100), ("false", 0..=0)] },
    Row {
        key: "telemetry.error",
        see: |settings| told(settings, &[EventGroup::Error]),
        beside: &[],
        values: &[("true", 1..=1), ("false", 0..=0)],
    },
    Row {
        key: "telemetry.reconnection",
        see: |settings| told(settings, &[EventGroup::Reconnection]),
        beside: &[],
        values: &[("true", 1..=1), ("false", 0..=0)],
    },
    Row { key: "cluster.enabled", see: nodes, beside: &[], values: &[("true", 1..=1), ("false", 0..=0)] },
    Row {
        key: "cluster.strategy",
        see: restarts,
        beside: &[],
        values: &[("geo_aware", 1..=1), ("consistent_hash", 0..=0)],
    },
];

/// When a login that holds for 100 s is renewed.
fn renewal(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let connect = probe(&settings).credentials(Credentials::key("id", "secret"));
        let _client = connect.dialer(dialer).start().expect("started");
        let mut peer = server.accept().await;
        peer.answer("login", json!({"life": 100})).await;
        let login = Instant::now();
        peer.answer("prepare", json!("ok")).await;
        peer.answer("login", json!({"life": 100})).await;
        millis(login.elapsed())
    })
}

/// How long the answer to a login is waited for.
fn login(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let connect = probe(&settings).credentials(Credentials::key("id", "secret"));
        let client = connect.dialer(dialer).start().expect("started");
        let mut peer = server.accept().await;
        assert_eq!(peer.receive().await["method"], "login");
        let asked = Instant::now();
        client.watch().until(|state| state.name() == "backoff").await.expect("tries again");
        millis(asked.elapsed())
    })
}

/// In how many requests ten topics are asked for.
fn requests(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let log = Log::default();
        tokio::spawn(serve(server.accept().await, log.clone()));
        client.subscribe_many((0..10).map(|number| format!("topic.{number}"))).await.expect("alive");
        asked(&log, "subscribe").len() as u64
    })
}

/// When a topic that is never confirmed is asked for.
fn unanswered(settings: Box<Patch>, see: fn(&[Instant]) -> u64) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let subscribing = client.clone();
        tokio::spawn(async move { subscribing.subscribe("never").await });
        let mut times = Vec::new();
        while let Some(call) = peer.within(secs(25)).await {
            times.extend((call["method"] == "subscribe").then(Instant::now));
        }
        see(&times)
    })
}

/// How often a topic is asked for that is confirmed and then silent for fifty seconds.
fn asked_for(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let log = Log::default();
        tokio::spawn(serve(server.accept().await, log.clone()));
        client.subscribe("a").await.expect("confirmed");
        pass(secs(50)).await;
        asked(&log, "subscribe").len() as u64
    })
}

/// How many events of these groups a session tells that gets ready, subscribes and loses its link.
fn told(settings: Box<Patch>, groups: &'static [EventGroup]) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let mut events = client.events_of(groups.iter().copied());
        let serving = tokio::spawn(serve(server.accept().await, Log::default()));
        client.subscribe("a").await.expect("confirmed");
        // A heartbeat, too.
        pass(secs(31)).await;
        serving.abort();
        settle().await;
        std::iter::from_fn(|| events.try_next()).count() as u64
    })
}

/// How many frames a collector is told of.
fn frames(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let _peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        client.metrics::<Counters>().expect("as the attribute says").read().received
    })
}

/// Whether the client joins the cluster it was given: its node leaves when the client ends, which another one is told.
fn nodes(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let cluster = Local::new();
        let client = probe(&settings).cluster(cluster.clone()).dialer(endless()).start().expect("started");
        let joined = format!("{cluster:?}").contains(&format!("{}-", <Probe as nova::Client>::NAME));
        drop(client);
        joined.into()
    })
}

/// Whether a change at run time would have to wait for a new start: the client's work was placed by it when it started.
fn restarts(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let client = probe(&Patch::new()).dialer(endless()).start().expect("started");
        let plan = client.plan(&settings);
        (plan.of("cluster.strategy").expect("named").effect == Effect::Restart).into()
    })
}
