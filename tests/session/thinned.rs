//! Topics that are thinned: exact in time, the latest first, every message delivered or counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use nova::{Context, Handle, Item, Rate, Raw, Topic};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Peer, Plain, pass, secs, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

async fn thinned(topic: Topic) -> (Handle<Desk>, Peer) {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted([topic]).start().expect("started");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    desk.wait_ready().await.expect("ready");
    (desk, peer)
}

fn number(message: &Raw) -> u64 {
    message.data().expect("a number")
}

/// What comes within `time`: when, in milliseconds, and which message, or how many were left out.
async fn arrivals(desk: &Handle<Desk>, time: Duration) -> Vec<(u128, String)> {
    let started = Instant::now();
    let mut arrivals = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout_at(started + time, desk.next()).await {
        let what = match item {
            Item::Message(message) => number(&message).to_string(),
            Item::Dropped(dropped) => format!("-{}", dropped.messages),
            other => format!("{other:?}"),
        };
        arrivals.push((started.elapsed().as_millis(), what));
    }
    arrivals
}

#[tokio::test(start_paused = true)]
async fn a_thinned_topic_delivers_the_latest_on_time_and_counts_the_rest() {
    let (desk, mut peer) = thinned(Topic::new("a").at_most(Rate::per_second(10))).await;
    let feed = tokio::spawn(async move {
        // At 0, 35, 70, … 665 ms, then once more when it is quiet.
        for number in 0..20 {
            peer.push("a", json!(number)).await;
            tokio::time::sleep(Duration::from_millis(35)).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        peer.push("a", json!(20)).await;
        peer
    });
    let told = arrivals(&desk, secs(2)).await;
    let _peer = feed.await.expect("no panic");
    let expected = [
        (0, "0"),
        (100, "-1"),
        (100, "2"),
        (200, "-2"),
        (200, "5"),
        (300, "-2"),
        (300, "8"),
        (400, "-2"),
        (400, "11"),
        (500, "-2"),
        (500, "14"),
        (600, "-2"),
        (600, "17"),
        (700, "-1"),
        (700, "19"),
        (1_100, "20"),
    ];
    assert_eq!(told, expected.map(|(at, what)| (at, what.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_rate_counts_for_its_topic_alone_and_may_be_changed_and_lifted() {
    let (desk, mut peer) = thinned(Topic::new("a").at_most(Rate::new(1, secs(10)))).await;
    for number in 0..3 {
        peer.push("a", json!(number)).await;
        peer.push("b", json!(number)).await;
    }
    let told: Vec<_> = arrivals(&desk, secs(1)).await.into_iter().map(|(_, what)| what).collect();
    assert_eq!(told, ["0", "0", "1", "2"], "another topic is whole");
    // Somebody else wants it whole: nobody gets less of it than he asked for.
    desk.subscribe("a").await.expect("confirmed already");
    peer.push("a", json!(3)).await;
    let told: Vec<_> = arrivals(&desk, secs(1)).await.into_iter().map(|(_, what)| what).collect();
    assert_eq!(told, ["-1", "2", "3"], "what was kept comes first");
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_at_the_end_is_delivered() {
    let (desk, mut peer) = thinned(Topic::new("a").at_most(Rate::new(1, secs(3_600)))).await;
    for number in 0..4 {
        peer.push("a", json!(number)).await;
    }
    settle().await;
    tokio::spawn(peer.rest());
    desk.close().await;
    let mut told = Vec::new();
    while let Some(item) = desk.next().await {
        told.push(match item {
            Item::Message(message) => number(&message).to_string(),
            Item::Dropped(dropped) => format!("-{}", dropped.messages),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(told, ["0", "-2", "3"]);
}

/// Takes ten seconds over each message.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
#[derive(Default)]
struct Slow {
    seen: Arc<AtomicU64>,
}

impl nova::MessageHandler for Slow {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> nova::Result {
        self.seen.store(number(&message), Ordering::SeqCst);
        tokio::time::sleep(secs(10)).await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_slower_than_the_rate_gets_the_latest() {
    let (dialer, mut server) = venue();
    let client = Slow::default();
    let seen = client.seen.clone();
    let topic = Topic::new("a").at_most(Rate::per_second(2));
    let desk = nova::connect(client).dialer(dialer).wanted([topic]).start().expect("started");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    desk.wait_ready().await.expect("ready");
    for number in 1..=95 {
        peer.push("a", json!(number)).await;
        pass(Duration::from_millis(100)).await;
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    pass(secs(1)).await;
    assert_eq!(seen.load(Ordering::SeqCst), 95, "not the second");
}
