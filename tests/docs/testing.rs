//! The code of `docs/examples/testing.md`, run; the failing scenario it shows fails so.

use std::{sync::Arc, time::Duration};

use nova::{
    Cause, Error, Event, Item, State,
    test::{
        Direction, Expect, Handshake, Matcher, MockServer, Recorder, Scenario, event,
        fault::{Faults, Faulty},
        ready, sent,
        venue::Deribit,
    },
};
use serde_json::json;

#[nova::client(platform = "echo", profile = "financial")]
struct Echoing;

#[nova::test]
async fn comes_back_after_a_clean_close() -> nova::Result {
    let server = MockServer::memory();
    let hello = Scenario::new().connect_success().send_text("welcome");
    server.script(hello.disconnect(1000).expect_reconnect().connect_success());
    let client = server.connect(Echoing).start()?;
    let welcome = client.next().await.and_then(Item::message).expect("a message");
    assert_eq!(welcome.text(), Some("welcome"));
    server.finished().await;
    Ok(())
}

fn venue() -> Scenario {
    Scenario::new()
        .connect_success()
        .answer_requests(|request| (request["op"] == "time").then(|| json!({"now": 7})))
        .ignore(Matcher::path("/op", "heartbeat"))
        .expect(json!({"op": "login"}))
        .reply_with(|login| json!({"id": login["id"], "ok": true}))
        .any_order([json!({"op": "subscribe", "topic": "a"}), json!({"op": "subscribe", "topic": "b"})])
        .within(Duration::from_secs(5))
        .repeat(3, Scenario::new().delay(Duration::from_secs(1)).send_text("tick"))
        .reset()
        .expect_reconnect()
        .not_before(Duration::from_millis(100))
        .reject(503, &[("Retry-After", "2")])
        .expect_reconnect()
        .within(Duration::from_secs(4))
        .handshake(Handshake::stall())
        .expect_reconnect()
        .connect_success()
}

#[test]
fn the_venue_can_be_played() {
    let scenario = format!("{:?}", venue());
    assert!(scenario.contains("a reconnect"), "{scenario}");
}

#[nova::test]
async fn by_hand() -> nova::Result {
    let server = MockServer::memory();
    let client = server.connect(Echoing).start()?;
    let mut peer = server.accept().await;
    client.wait_ready().await?;
    client.send("price?").await?;
    peer.expect("price?").await;
    peer.send_json(json!({"price": 7})).await;
    peer.expect_silence(Duration::from_secs(10)).await;
    peer.disconnect(1001).await;
    let sent = server.transcript().into_iter().filter(|line| line.direction == Direction::Out);
    assert_eq!(sent.map(|line| line.kind).collect::<Vec<_>>(), ["status", "text", "close", "end"]);
    Ok(())
}

#[nova::test(real_time)]
async fn over_tls() -> nova::Result {
    let server = MockServer::tls().await?;
    server.script(Scenario::new().connect_success().expect("hello").disconnect(1000));
    let client = server.connect(Echoing).await?;
    client.send("hello").await?;
    server.finished().await;
    Ok(())
}

#[nova::test]
async fn the_page_shows_what_a_failing_scenario_says() {
    let server = MockServer::memory();
    server.script(Scenario::new().connect_success().send_text("welcome").expect(json!({"op": "login", "id": 1})));
    let client = server.connect(Echoing).await.expect("ready");
    client.send(r#"{"op":"subscribe","id":1}"#).await.expect("sent");
    let failed = tokio::spawn(async move { server.finished().await }).await.expect_err("it fails").into_panic();
    let report = failed.downcast::<String>().expect("a text");
    let page = include_str!("../../docs/examples/testing.md");
    // The seed is this test's.
    let report = report.split_once("  the seed:").map_or(&**report, |(report, _)| report);
    assert!(page.contains(report.trim_end()), "docs/examples/testing.md lacks:\n{report}");
}

#[nova::test]
async fn a_lost_link_is_made_up_for() -> nova::Result {
    let server = MockServer::memory();
    server.script(Scenario::new().connect_success().drop_tcp().expect_reconnect().connect_success().expect("hello"));
    let client = server.connect(Echoing).await?;
    let lost = client.expect(State::Backoff).within(Duration::from_secs(1)).await;
    assert_eq!(lost.epoch, 1);
    client.expect(ready()).within(Duration::from_secs(1)).await;
    client.send("hello").await?;
    client.expect(sent(&server, "a greeting", |line| line.text == "hello")).await;
    client.expect(event("an error", |event| matches!(event, Event::Error(_)))).not_within(Duration::from_secs(1)).await;
    server.finished().await;
    Ok(())
}

#[nova::test]
async fn the_same_session_again() -> nova::Result {
    let server = MockServer::memory();
    server.script(Scenario::new().connect_success().expect("price?").delay(Duration::from_secs(2)).send_text("7"));
    let recorder = Recorder::memory();
    let client = server.connect(Echoing).record(&recorder).await?;
    client.send("price?").await?;
    client.expect_item("a price", |item| matches!(item, Item::Message(_))).await;
    server.finished().await;

    let playback = recorder.cassette()?.offline()?;
    let client = nova::connect(Echoing).url(playback.url()).dialer(playback.dialer()).await?;
    client.send("price?").await?;
    client.expect_item("the same price", |item| matches!(item, Item::Message(raw) if raw.text() == Some("7"))).await;
    Ok(())
}

#[nova::test]
async fn a_peer_that_vanishes_is_found_out() -> nova::Result {
    let server = MockServer::memory();
    let dialer = Faulty::new(server.dialer(), Faults::new().latency(Duration::from_millis(80)).slicer(1));
    let link = dialer.link();
    let client = server.connect(Echoing).dialer(dialer).start()?;
    let _peer = server.accept().await;
    client.wait_ready().await?;
    link.vanish();
    let lost = client.expect(State::Backoff).within(Duration::from_secs(21)).await;
    assert!(matches!(&*lost.cause, Cause::Error(Error::Silent { .. })));
    Ok(())
}

#[nova::client(platform = "deribit", profile = "financial")]
struct Desk;

#[nova::test]
async fn a_desk_logs_in_again_after_a_cut() -> nova::Result {
    let venue = Arc::new(Deribit::builder().offline()?);
    let serving = venue.clone();
    let dialer = nova::dialer(move |_| {
        let (near, far) = tokio::io::duplex(64 * 1024);
        serving.serve(far);
        std::future::ready(Ok(near))
    });
    let desk = nova::connect(Desk).url(venue.url()).dialer(dialer);
    let desk = desk.credentials(nova::Credentials::key("nova", "nova-secret")).await?;
    venue.reject_topic("ticker.NO-SUCH-THING.100ms");
    assert!(desk.subscribe("ticker.NO-SUCH-THING.100ms").await.is_err());
    venue.cut();
    desk.expect(State::Backoff).within(Duration::from_secs(1)).await;
    desk.expect(ready()).within(Duration::from_secs(2)).await;
    assert_eq!(venue.logins(), 2);
    Ok(())
}
