//! Links that refuse, tear, fall silent or split, and clients that come back over them.

use std::time::Duration;

use nova::{
    Credentials, Error, Handlers, State,
    codec::Json,
    test::fault::{Delay, Direction, Ending, Faults},
};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::{Financial, faulty, last_error, numbers, ready, serve_all, steps_to};
use crate::support::{Log, Plain, pass, secs, settle};

#[nova::client(platform = Plain)]
struct Standard;

#[nova::client(platform = Plain, profile = "lightweight")]
struct Lightweight;

#[nova::client(platform = Plain, profile = "messaging")]
struct Messaging;

#[tokio::test(start_paused = true)]
async fn r004_a_venue_that_refuses_or_swallows_dials_for_a_minute_is_reached_soon_after() {
    for (dead, attempt) in [(Faults::new().down(), secs(0)), (Faults::new().stall(), secs(5))] {
        let (dialer, link, server) = faulty(dead);
        serve_all(server, &Log::default());
        let desk = nova::connect(Financial).dialer(dialer).seed(4).start().expect("started");
        pass(secs(60)).await;
        let attempts = steps_to(&desk, State::Backoff);
        assert!(attempts.len() >= 4, "{attempts:?}");
        for step in &attempts {
            assert_eq!(step.after, attempt, "connecting has a deadline of its own: {step:?}");
        }
        link.heal();
        let back = Instant::now();
        desk.wait_ready().await.expect("ready");
        assert!(back.elapsed() <= secs(30), "the longest delay of the profile, and not {:?}", back.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn r005_a_message_torn_anywhere_is_never_delivered_in_part() {
    // The header of a short text frame, and the frame.
    let text = json!({"channel": "a", "data": 2}).to_string();
    let whole = 2 + text.len() as u64;
    for ending in [Ending::Close, Ending::Reset] {
        for bytes in 0..=whole {
            let (desk, link, server, mut peer) = ready().await;
            let _open = desk.items();
            peer.push("a", json!(1)).await;
            pass(secs(1)).await;
            link.change(|faults| faults.only(Direction::Inbound, |faults| faults.limit_data(bytes, ending)));
            peer.send_json(json!({"channel": "a", "data": 2})).await;
            settle().await;
            assert!(matches!(last_error(&desk), Error::Lost { .. }), "no close was sent: {:?}", last_error(&desk));
            link.heal();
            let mut peer = server.ready().await;
            peer.push("a", json!(3)).await;
            settle().await;
            let expected: &[u64] = if bytes == whole { &[1, 2, 3] } else { &[1, 3] };
            assert_eq!(numbers(&desk).await, expected, "{ending:?} after {bytes} of {whole} bytes");
        }
    }
}

/// How long a client of this profile takes to find that its peer has vanished, and whether it comes back.
async fn finds_out<C: Handlers<Platform = Plain, Codec = Json>>(client: C) -> Duration {
    let (dialer, link, server) = faulty(Faults::new());
    let client = nova::connect(client).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    let _open = client.items();
    pass(secs(3)).await;
    peer.push("a", json!(1)).await;
    let last = Instant::now();
    settle().await;
    link.vanish();
    client.watch().until(|state| !state.is_ready()).await.expect("it goes on");
    let found = last.elapsed();
    assert!(matches!(last_error(&client), Error::Silent { silent } if silent == found), "{:?}", last_error(&client));
    let _peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    found
}

#[tokio::test(start_paused = true)]
async fn r006_a_peer_that_vanishes_is_found_by_interval_and_timeout_and_no_later() {
    assert_eq!(finds_out(Financial).await, secs(15 + 5));
    assert_eq!(finds_out(Standard).await, secs(30 + 10));
    assert_eq!(finds_out(Lightweight).await, secs(60 + 15));
    assert_eq!(finds_out(Messaging).await, secs(45 + 10));
}

#[tokio::test(start_paused = true)]
async fn r006_heartbeats_keep_a_middlebox_awake_or_find_that_it_forgot() {
    let forgets = Faults::new().forget_idle(secs(30));
    let (dialer, link, server) = faulty(forgets.clone());
    serve_all(server, &Log::default());
    let desk = nova::connect(Financial).dialer(dialer).await.expect("ready");
    pass(secs(3_600)).await;
    assert!(desk.state().is_ready() && link.connections() == 1, "a heartbeat each 15 s");

    let (dialer, link, server) = faulty(forgets);
    serve_all(server, &Log::default());
    let desk = nova::connect(Lightweight).dialer(dialer).await.expect("ready");
    pass(secs(3_600)).await;
    let lost = steps_to(&desk, State::Backoff);
    assert!((40..=48).contains(&lost.len()), "an hour of 75 s and a delay each: {}", lost.len());
    assert!(lost.iter().all(|step| step.after == secs(75)), "{lost:?}");
    assert_eq!(link.connections(), lost.len() as u64 + 1);
}

#[tokio::test(start_paused = true)]
async fn r007_either_direction_dead_is_found_by_the_heartbeat() {
    for dead in [Direction::Inbound, Direction::Outbound] {
        let (desk, link, server, peer) = ready().await;
        let since = Instant::now();
        tokio::spawn(peer.rest());
        link.stall(dead);
        desk.watch().until(|state| !state.is_ready()).await.expect("it goes on");
        assert_eq!(since.elapsed(), secs(20), "{dead:?}");
        assert!(matches!(last_error(&desk), Error::Silent { .. }), "{:?}", last_error(&desk));
        link.heal();
        let _peer = server.ready().await;
        desk.wait_ready().await.expect("ready");
    }
}

#[tokio::test(start_paused = true)]
async fn r007_a_dead_way_out_under_a_feed_that_flows_is_found_by_its_pings() {
    let (desk, link, _server, mut peer) = ready().await;
    let feed = async |peer: &mut crate::support::Peer, time: Duration| {
        let until = Instant::now() + time;
        while desk.state().is_ready() && Instant::now() < until {
            peer.push("a", json!(1)).await;
            // Reading answers pings.
            peer.expect_silence(secs(1)).await;
        }
    };
    feed(&mut peer, secs(300)).await;
    assert!(desk.state().is_ready() && link.connections() == 1, "the pings of a busy link were answered");
    let since = Instant::now();
    link.stall(Direction::Outbound);
    feed(&mut peer, secs(300)).await;
    let found = since.elapsed();
    assert!(found > secs(60) && found <= secs(121), "found after {found:?}; one ping may be late");
    assert!(matches!(last_error(&desk), Error::Timeout { .. }), "{:?}", last_error(&desk));
}

#[tokio::test(start_paused = true)]
async fn r007_a_dead_way_out_of_a_young_link_is_found_where_the_peer_is_known_to_answer() {
    let (desk, link, server, mut peer) = ready().await;
    // A feed so dense that nothing but a doubt ever sends a ping, each of which is answered.
    let feed = async |peer: &mut crate::support::Peer, time: Duration| {
        let (until, epoch) = (Instant::now() + time, desk.history().last().map(|step| step.epoch));
        while Instant::now() < until && desk.history().last().map(|step| step.epoch) == epoch && desk.state().is_ready()
        {
            peer.push("a", json!(1)).await;
            peer.expect_silence(secs(1)).await;
        }
    };
    feed(&mut peer, secs(100)).await;
    drop(peer);
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    link.stall(Direction::Outbound);
    let since = Instant::now();
    feed(&mut peer, secs(300)).await;
    assert!(since.elapsed() <= secs(121), "{:?}", since.elapsed());
    assert!(matches!(last_error(&desk), Error::Timeout { .. }), "{:?}", last_error(&desk));
}

#[tokio::test(start_paused = true)]
async fn r007_a_partition_shorter_than_the_patience_costs_nothing() {
    let (desk, link, _server, mut peer) = ready().await;
    let _open = desk.items();
    // The ping of the fifteenth second falls into it, and its pong must be back by the twentieth.
    sleep(Duration::from_millis(14_500)).await;
    link.partition();
    for number in 1..=10 {
        peer.push("a", json!(number)).await;
        desk.send(nova::Outgoing::json(json!({"n": number}).to_string())).await.expect("taken");
    }
    sleep(Duration::from_millis(5_400)).await;
    assert_eq!(numbers(&desk).await, [0_u64; 0]);
    link.heal();
    let mut received = Vec::new();
    while let Some(message) = peer.within(secs(1)).await {
        received.push(message["n"].as_u64().expect("a number"));
    }
    assert_eq!(received, (1..=10).collect::<Vec<u64>>());
    assert_eq!(numbers(&desk).await, (1..=10).collect::<Vec<u64>>());
    assert!(steps_to(&desk, State::Backoff).is_empty() && link.connections() == 1);
}

#[tokio::test(start_paused = true)]
async fn r008_a_partition_in_any_state_leads_to_ready_once_it_is_repaired() {
    const SEEDS: u64 = 64;
    /// Far beyond one longest delay, an attempt, a login and a restore.
    const PATIENCE: Duration = secs(120);
    let slow = |seed| {
        Faults::new()
            .seed(seed)
            .latency(Delay::normal(Duration::from_millis(150), Duration::from_millis(50)))
            .slicer(40)
    };
    for state in [State::Connecting, State::Authenticating, State::Restoring, State::Backoff] {
        for seed in 0..SEEDS {
            let (dialer, link, server) = faulty(slow(seed));
            let log = Log::default();
            serve_all(server, &log);
            let connect = nova::connect(Financial).dialer(dialer).credentials(Credentials::key("k", "s")).seed(seed);
            let desk = connect.start().expect("started");
            if state == State::Backoff {
                desk.wait_ready().await.expect("ready");
            }
            let subscribed = tokio::spawn({
                let desk = desk.clone();
                // Where its own deadline ends before the partition does, the topic stays wanted.
                async move { drop(desk.subscribe("a").await) }
            });
            if state == State::Backoff {
                link.cut();
            }
            let mut watch = desk.watch();
            watch.until(|now| now == state).await.expect("it gets there");
            sleep(Duration::from_millis(seed * 97 % 300)).await;
            link.change(Faults::stall);
            sleep(Duration::from_millis(seed * 7_919 % 60_000)).await;
            link.set(slow(seed + 1));
            let back = timeout(PATIENCE, async {
                subscribed.await.expect("no panic");
                watch.until(|now| now == State::Ready { missing: 0 }).await.expect("ready");
                assert_eq!(desk.call::<u64>("any", json!({})).await.expect("answered"), 0);
            });
            back.await.unwrap_or_else(|_| panic!("seed {seed}, {state:?}: stuck in {:?}", desk.state()));
            assert_eq!(desk.wanted(), ["a"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r008_a_partition_while_closing_ends_unclean_by_the_deadline() {
    let (desk, link, _server, peer) = ready().await;
    tokio::spawn(peer.rest());
    link.partition();
    let asked = Instant::now();
    assert_eq!(desk.close().await, nova::Closed::Unclean);
    assert_eq!(asked.elapsed(), secs(5));
    link.heal();
    pass(secs(600)).await;
    assert_eq!((desk.state(), link.connections()), (State::Closed, 1));
}
