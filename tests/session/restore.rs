//! Large restores and bad topics: the venue's limit is used to the full, and no topic keeps a restore from ending.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use nova::{
    Error, ErrorClass, Event, Inbound, Incoming, Outgoing, Params, Patch, Platform, PlatformSpec, Result, Spec, State,
    SubscriptionResponse, TopicState, patch,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Log, Peer, Plain, asked, pass, rate, secs, serve, settle, venue};

/// A venue that says of each topic whether it is served, whether there is no such topic, or whether it is busy.
#[derive(Clone, Copy, Debug, Default)]
struct Moody;

impl PlatformSpec for Moody {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("moody", "ws://venue.test/");
}

impl Platform for Moody {
    type State = ();

    fn prepare(&self, (): &mut (), config: &nova::Config, logged_in: bool) -> Vec<Outgoing> {
        Plain.prepare(&mut (), config, logged_in)
    }

    fn subscribe(&self, (): &mut (), channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn is_private(&self, channel: &str) -> bool {
        Plain.is_private(channel)
    }

    fn subscribed(&self, (): &mut (), asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        let reply: Value = reply.map(|reply| serde_json::from_str(reply).expect("JSON")).unwrap_or_default();
        let topics = |key: &str| -> Vec<String> { serde_json::from_value(reply[key].clone()).unwrap_or_default() };
        let mut response = SubscriptionResponse::listed(asked, topics("served"), "no such topic");
        let class = ErrorClass::Transient;
        let busy = Error::Platform { class, code: Plain::BUSY, message: "busy".into(), data: None };
        for topic in topics("busy") {
            response.rejected.retain(|(refused, _)| *refused != topic);
            response.rejected.push((topic, busy.clone()));
        }
        response
    }

    fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        Plain.receive(&mut (), incoming)
    }
}

/// The topic's fate: nine of ten are served, one of ten is refused, and one of fifty of those because the venue is busy.
fn fate(topic: &str) -> &'static str {
    let number: u32 = topic.rsplit('.').next().and_then(|number| number.parse().ok()).expect("a number");
    match number {
        _ if number % 500 == 3 => "busy",
        _ if number % 10 == 3 => "refused",
        _ => "served",
    }
}

/// When each request for topics came, and for which.
type Requests = Arc<Mutex<Vec<(Instant, Vec<String>)>>>;

/// Serves a connection, up to so many requests for topics.
async fn moody(mut peer: Peer, requests: Requests, most: usize) {
    let mut count = 0;
    while count < most
        && let Some(frame) = peer.next().await
    {
        let call: Value = serde_json::from_str(frame.as_text().expect("text")).expect("JSON");
        let mut result = json!("ok");
        if call["method"] == "subscribe" {
            count += 1;
            let topics: Vec<String> = serde_json::from_value(call["params"].clone()).expect("topics");
            let of = |wanted: &str| topics.iter().filter(|topic| fate(topic) == wanted).cloned().collect::<Vec<_>>();
            result = json!({"served": of("served"), "busy": of("busy")});
            requests.lock().expect("whole").push((Instant::now(), topics));
        }
        peer.reply(&call, result).await;
    }
}

#[nova::client(platform = Moody, profile = "financial", subscriptions(retries = 1),
    rate_limit(capacity = 1, refill = "2/s", safety = 1.0))]
struct Desk;

#[tokio::test(start_paused = true)]
async fn r068_five_thousand_topics_are_restored_at_the_pace_of_the_limit() {
    /// From one request to the next, by the limit.
    const PACE: Duration = Duration::from_millis(500);
    const CHUNK: usize = 100;
    let topics: Vec<String> =
        (0..5_000).map(|number| format!("{}.{number:04}", if number < 200 { "private" } else { "t" })).collect();
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(topics).seed(1).start().expect("started");
    let mut events = desk.events();
    let (before, after) = (Requests::default(), Requests::default());
    let started = Instant::now();
    // In the middle of the restore the link is lost.
    moody(server.accept().await, before.clone(), 25).await;
    let refused_before = desk.topics().await.expect("alive");
    let refused = |status: &&nova::TopicStatus| matches!(status.state, TopicState::Rejected(_));
    let refused_before = refused_before.iter().filter(refused).count();
    tokio::spawn(moody(server.accept().await, after.clone(), usize::MAX));
    desk.wait_ready().await.expect("ready");
    let took = started.elapsed();

    // Each connection is prepared, and each topic that is still wanted is asked for once on the last.
    let (before, after) = (before.lock().expect("whole").clone(), after.lock().expect("whole").clone());
    let requests = 1 + before.len() + 1 + (5_000 - refused_before).div_ceil(CHUNK);
    let bound = PACE * u32::try_from(requests - 1).expect("few");
    let ratio = took.as_secs_f64() / bound.as_secs_f64();
    println!(
        "5,000 topics, 10 % refused, a drop after {}: ready after {took:?}, the limit's bound {bound:?}, ratio {ratio:.3}",
        before.len()
    );
    assert!((1.0..=1.1).contains(&ratio), "{ratio}");
    for pair in [&before[..], &after[..]].concat().windows(2) {
        assert!(pair[1].0 - pair[0].0 >= PACE, "{:?} apart", pair[1].0 - pair[0].0);
    }
    let order: Vec<&String> = after.iter().flat_map(|(_, topics)| topics).collect();
    let fresh: Vec<_> = order.iter().filter(|topic| fate(topic) != "busy").collect();
    assert!(fresh.is_sorted_by_key(|topic| !topic.starts_with("private.")), "private topics first");
    assert_eq!(fresh.iter().collect::<BTreeSet<_>>().len(), fresh.len(), "each once");

    // Those that were busy on both connections are set aside and named; the others of them get another chance.
    let set_aside: Vec<String> = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Quarantined { topic, .. } = event { Some(topic.to_string()) } else { None })
        .collect();
    println!("quarantined: {}", set_aside.join(", "));
    let topics = desk.topics().await.expect("alive");
    let in_state = |is: fn(&TopicState) -> bool| -> Vec<&str> {
        topics.iter().filter(|status| is(&status.state)).map(|status| &*status.topic).collect()
    };
    assert_eq!(in_state(|state| matches!(state, TopicState::Quarantined(_))), set_aside);
    assert_eq!(set_aside, ["private.0003", "t.0503", "t.1003", "t.1503", "t.2003"]);
    assert_eq!(in_state(|state| matches!(state, TopicState::GivenUp(_))).len(), 5);
    assert_eq!(in_state(|state| matches!(state, TopicState::Rejected(_))).len(), 490);
    assert_eq!(in_state(|state| matches!(state, TopicState::Confirmed)).len(), 4_500);
    assert_eq!(desk.state(), State::Ready { missing: 10 });
    assert_eq!(desk.wanted().len(), 4_510);
}

/// Topics asked for one by one, at most twice.
#[nova::client(platform = Plain, profile = "financial", subscriptions(chunk = 1, retries = 1))]
struct Single;

/// Serves everything but the topic `bad`, which is never answered.
async fn deaf_to_bad(mut peer: Peer, log: Log) {
    while let Some(frame) = peer.next().await {
        let call: Value = serde_json::from_str(frame.as_text().expect("text")).expect("JSON");
        log.lock().expect("whole").push(call.clone());
        if call["params"] != json!(["bad"]) {
            let result = if call["method"] == "subscribe" { call["params"].clone() } else { json!(0) };
            peer.reply(&call, result).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r068_a_topic_that_fails_on_every_connection_is_set_aside_until_it_is_asked_for() {
    let (dialer, server) = venue();
    let desk = nova::connect(Single).dialer(dialer).wanted(["a", "bad", "c"]).start().expect("started");
    let mut events = desk.events();
    // How often it is asked for on each connection, and how long that holds up the restore: every try has ten seconds.
    let (mut tries, mut took) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let log = Log::default();
        let peer = tokio::spawn(deaf_to_bad(server.accept().await, log.clone()));
        let started = Instant::now();
        desk.wait_ready().await.expect("ready");
        took.push(started.elapsed().as_secs());
        pass(secs(60)).await;
        let wire = asked(&log, "subscribe");
        assert!(wire.contains(&json!(["a"])) && wire.contains(&json!(["c"])), "the others live: {wire:?}");
        tries.push(wire.iter().filter(|topics| **topics == json!(["bad"])).count());
        assert_eq!(desk.state(), State::Ready { missing: 1 });
        peer.abort();
        let _ = peer.await;
        settle().await;
    }
    assert_eq!((tries, took), (vec![2, 1, 0, 0], vec![20, 10, 0, 0]));
    let quarantined = std::iter::from_fn(|| events.try_next()).filter_map(|event| match event {
        Event::Quarantined { topic, error: Error::Timeout { .. } } => Some(topic.to_string()),
        _ => None,
    });
    assert_eq!(quarantined.collect::<Vec<_>>(), ["bad"], "told once");
    assert_eq!(desk.wanted(), ["a", "bad", "c"], "it is still wanted");

    let log = Log::default();
    tokio::spawn(serve(server.accept().await, log.clone()));
    desk.wait_ready().await.expect("ready");
    desk.resubscribe("bad").await.expect("confirmed at last");
    assert_eq!(asked(&log, "subscribe"), [json!(["a"]), json!(["c"]), json!(["bad"])]);
    assert_eq!(desk.state(), State::Ready { missing: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_busy_topic_holds_up_no_other() {
    let (dialer, server) = venue();
    let desk = nova::connect(Single).dialer(dialer).wanted(["a", "b"]).start().expect("started");
    let mut peer = server.ready().await;
    let refused = peer.receive().await;
    peer.refuse(&refused, Plain::BUSY).await;
    let at = Instant::now();
    peer.answer("subscribe", json!(["b"])).await;
    assert_eq!(at.elapsed(), Duration::ZERO);
    peer.answer("subscribe", json!(["a"])).await;
    assert_eq!(at.elapsed(), secs(1), "left alone for a second");
    desk.wait_ready().await.expect("ready");
}

#[tokio::test(start_paused = true)]
async fn no_public_topic_is_restored_before_a_private_one_that_is_to_be_asked_for_again() {
    let (dialer, server) = venue();
    let slowly = patch::RateLimit::new().capacity(Some(1)).refill(rate("2/s")).safety(1.0);
    let desk = nova::connect(Single).configure(Patch::new().rate_limit(slowly)).dialer(dialer);
    let desk = desk.wanted(["a", "b", "private.c"]).start().expect("started");
    let mut peer = server.ready().await;
    let refused = peer.receive().await;
    assert_eq!(refused["params"], json!(["private.c"]));
    // There is room for the next in half a second, and this one may be asked for again in a whole one.
    peer.refuse(&refused, Plain::BUSY).await;
    for topic in ["private.c", "a", "b"] {
        let asked = peer.receive().await;
        assert_eq!(asked["params"], json!([topic]));
        peer.reply(&asked, json!([topic])).await;
    }
    desk.wait_ready().await.expect("ready");
    // Once restored, nobody waits for another's topic.
    let (private, ()) = tokio::join!(desk.subscribe("private.d"), async {
        let refused = peer.receive().await;
        peer.refuse(&refused, Plain::BUSY).await;
        let (public, ()) = tokio::join!(desk.subscribe("e"), async {
            let asked = peer.receive().await;
            assert_eq!(asked["params"], json!(["e"]));
            peer.reply(&asked, json!(["e"])).await;
        });
        public.expect("confirmed");
        peer.answer("subscribe", json!(["private.d"])).await;
    });
    private.expect("confirmed at last");
}
