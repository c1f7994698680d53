//! The state tracer on the live path: why a link was lost, the past as a picture, a life in numbers.

use std::{collections::BTreeSet, time::Duration};

use nova::{CloseCode, Credentials, Frame, Handle, State};
use serde_json::{Value, json};

use crate::{
    script::{Act, End, pass, ready_after, scripted},
    support::{Peer, Plain, Server, secs, venue},
};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Wary;

impl nova::MessageHandler for Wary {
    async fn handle_message(&mut self, _: nova::Raw, _: &mut nova::Context<'_, Self>) -> nova::Result {
        Err(nova::Error::Evicted { reason: "nobody asked for it" })
    }
}

/// What the only or last loss of a scripted venue's client is put down to.
async fn why_after(act: Act) -> String {
    let (dialer, log) = scripted([act, Act::Stay]);
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    ready_after(&client, &log, 2).await;
    client.trace().why().expect("a loss")
}

async fn connected() -> (Handle<Desk>, Peer, Server) {
    let (dialer, server) = venue();
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    (client, peer, server)
}

/// The next loss of a ready client, explained before it is ready again.
async fn explained(client: &Handle<Desk>) -> String {
    client.watch().until(|state| !state.is_ready()).await.expect("alive");
    client.trace().why().expect("a loss")
}

#[track_caller]
fn tells(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_disconnect_is_put_down_to_its_cause() {
    // Staged by the venue.
    tells(&why_after(Act::ready_for(60, End::Code(1001))).await, &["Connection 1", "after 60s", "1001", "so it is"]);
    tells(&why_after(Act::ready_for(7, End::Drop)).await, &["Connection 1 was lost", "after 7s", "the link was lost"]);
    tells(&why_after(Act::ready_for(1, End::Deaf)).await, &["was lost", "the peer was silent for 20s"]);
    tells(&why_after(Act::http(503)).await, &["An attempt to connect failed", "status 503", "ready again"]);
    tells(&why_after(Act::Mute).await, &["An attempt to connect failed after 5s", "took longer than 5s"]);
    tells(&why_after(Act::Upgrade(End::Code(1012))).await, &["while restoring its topics", "1012"]);

    // Breaking the protocol.
    let (client, mut peer, _server) = connected().await;
    peer.send_raw(&[0xc1, 0]).await;
    tells(&explained(&client).await, &["broke the WebSocket protocol", "1002"]);

    // Staged by the user, and by the venue in its own words.
    let (client, _peer, _server) = connected().await;
    client.reconnect_now().expect("alive");
    tells(&explained(&client).await, &["Connection 1 was given up", "the user asked"]);
    let (client, mut peer, _server) = connected().await;
    peer.send(json!({"ask": "reconnect"})).await;
    tells(&explained(&client).await, &["Connection 1 was given up", "the venue asked"]);
    let (client, peer, _server) = connected().await;
    let (closed, ()) = tokio::join!(client.close_with(CloseCode::NORMAL, ""), peer.rest());
    assert_eq!(closed, nova::Closed::Clean);
    tells(&client.trace().why().expect("closed"), &["Connection 1 was closed by the user"]);

    // A login that is refused.
    let (dialer, server) = venue();
    let credentials = Credentials::key("id", "secret");
    let client = nova::connect(Desk).dialer(dialer).credentials(credentials).start().expect("started");
    let mut peer = server.accept().await;
    let call = peer.receive().await;
    peer.refuse(&call, Plain::WRONG).await;
    client.watch().until(|state| state == State::Backoff).await.expect("alive");
    let said = client.trace().why().expect("a loss");
    tells(&said.to_lowercase(), &["connection 1 was lost while logging in", "13004", "attempt 1 follows at once"]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_is_told_with_the_loss_before_it() {
    let (dialer, log) = scripted([Act::ready_for(60, End::Drop), Act::http(503), Act::http(502), Act::Mute]);
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    while log.dials() < 4 {
        pass(1).await;
    }
    let said = client.trace().why().expect("a loss");
    tells(&said, &["An attempt to connect failed", "502", "attempt 3", "Before that, connection 1 was lost after 60s"]);
    assert!(!said.contains("503"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_session_with_three_drops_is_a_picture_and_a_table_of_numbers() {
    let acts = [30, 60, 90].map(|seconds| Act::ready_for(seconds, End::Drop));
    let (dialer, log) = scripted(acts.into_iter().chain([Act::Stay]));
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    client.subscribe("a").await.expect("confirmed");
    let _: Value = client.call("hello", json!({})).await.expect("answered");
    ready_after(&client, &log, 4).await;
    pass(10).await;
    let trace = client.trace();

    let numbers = trace.statistics();
    assert_eq!((numbers.connections, numbers.disconnects), (4, 3));
    assert_eq!((numbers.ready.as_secs(), numbers.failed), (30 + 60 + 90 + 10, 0));
    assert!(numbers.availability() > 0.98, "{numbers:?}");
    assert!(numbers.longest_time_to_ready.expect("ready") < secs(2), "{numbers:?}");

    let picture: Value = serde_json::from_str(&trace.chrome()).expect("JSON");
    let events = picture["traceEvents"].as_array().expect("an array");
    for event in events {
        // What the viewers ask of an event, by its phase.
        assert!(event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
        match event["ph"].as_str().expect("a phase") {
            "M" => assert!(event["args"]["name"].is_string(), "{event}"),
            "X" => assert!(event["ts"].as_f64() >= Some(0.0) && event["dur"].as_f64() >= Some(0.0), "{event}"),
            "i" => assert!(event["ts"].is_f64() && event["s"] == "p", "{event}"),
            other => panic!("{other} in {event}"),
        }
    }
    // The bars of the states follow each other without a hole, to the end.
    let bars: Vec<(f64, f64, &str)> = events
        .iter()
        .filter(|event| event["ph"] == "X" && event["tid"] == 1)
        .map(|event| (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap(), event["name"].as_str().unwrap()))
        .collect();
    for pair in bars.windows(2) {
        assert!((pair[0].0 + pair[0].1 - pair[1].0).abs() < 2.0, "{pair:?}");
    }
    assert_eq!(bars.iter().filter(|(_, lasted, name)| *name == "ready" && *lasted > 29e6).count(), 3);
    assert!(bars.last().is_some_and(|(_, lasted, name)| *name == "ready" && *lasted > 9e6), "{bars:?}");
    let requests: BTreeSet<_> =
        events.iter().filter(|event| event["cat"] == "request").filter_map(|event| event["name"].as_str()).collect();
    assert_eq!(requests, BTreeSet::from(["hello", "prepare", "subscribe"]));

    let lines: Vec<Value> = trace.json_lines().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), trace.records().len());
    assert!(lines.is_sorted_by(|one, next| one["at_ms"].as_f64() <= next["at_ms"].as_f64()));
    let drops = lines.iter().filter(|line| line["kind"] == "step" && line["to"] == "backoff");
    assert_eq!(drops.map(|drop| drop["epoch"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_found_by_name_and_the_failed_ones_at_every_level() {
    for (level, kept) in [("minimal", 0), ("detailed", 1)] {
        let (dialer, server) = venue();
        let patch = nova::Patch::new().set("telemetry.level", level).expect("a level");
        let client = nova::connect(Desk).dialer(dialer).configure(patch).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let asked = async {
            let _: Value = client.call("good", json!({})).await.expect("answered");
            client.call::<Value>("bad", json!({})).await.expect_err("refused");
            client.call::<Value>("slow", json!({})).await.expect_err("late");
        };
        let answered = async {
            peer.answer("good", json!(1)).await;
            let bad = peer.receive().await;
            peer.refuse(&bad, Plain::WRONG).await;
            let _slow = peer.receive().await;
            peer.within(Duration::from_secs(11)).await;
        };
        tokio::join!(asked, answered);
        let trace = client.trace();
        let of = |name: &str| trace.find(name).filter(|record| record.kind() == "request").count();
        assert_eq!((of("good"), of("bad"), of("slow")), (kept, 1, 1), "{level}");
        assert_eq!((trace.statistics().answered, trace.statistics().failed), (2, 2));
        assert!(trace.find("slow").any(|record| record.is_fault() && record.to_string().contains("10s")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_refuses_is_kept_as_a_fault() {
    let (dialer, server) = venue();
    let client = nova::connect(Wary).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    peer.push("a", json!(1)).await;
    pass(1).await;
    let trace = client.trace();
    let faults: Vec<_> = trace.records().iter().filter(|record| record.is_fault()).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    tells(&faults[0].to_string(), &["error", "nobody asked for it"]);
    peer.send_frame(Frame::Close(None)).await;
}
