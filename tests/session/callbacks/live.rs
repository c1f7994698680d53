//! What a handle shows of a running client, and the strategy that answers by itself.

use std::time::Duration;

use nova::{Cause, Credentials, Event, Frame, MessageHandler, Outgoing, Result, State, View};
use serde_json::json;

use super::{Notes, payload, payload_of, ready, subscribed};
use crate::support::{Peer, Plain, pass, secs, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

async fn data(peer: &mut Peer) -> Frame {
    loop {
        let frame = peer.next_frame().await.expect("a frame");
        if frame.is_data() {
            return frame;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_echo_strategy_sends_every_message_back() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, strategy = "echo", overrides(MessageHandler))]
    struct Parrot;

    impl MessageHandler for Parrot {
        fn encode_message(outgoing: Outgoing, codec: &nova::codec::Json, view: View<'_, Self>) -> Result<Frame> {
            let frame = view.inherited().encode_message(outgoing, codec)?;
            NOTES.write(format!("{} bytes", frame.len()));
            Ok(frame)
        }
    }

    let (parrot, _server, mut peer) = ready(Parrot).await;
    NOTES.take();
    for said in [Frame::text("hello"), Frame::binary(vec![0, 255, 1]), Frame::text(r#"{"channel":"a","data":1}"#)] {
        peer.send_frame(said.clone()).await;
        assert_eq!(data(&mut peer).await, said);
    }
    assert_eq!(NOTES.take(), ["5 bytes", "3 bytes", "24 bytes"], "as everything else that is sent");
    // What is no message is answered and not repeated.
    let (answer, ()) = tokio::join!(parrot.call::<u32>("ask", json!({})), async {
        peer.answer("ask", json!(3)).await;
    });
    assert_eq!(answer.expect("answered"), 3);
    peer.expect_silence(secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn events_tell_in_order_what_happens() {
    let (dialer, server) = venue();
    let key = Credentials::key("id", "secret");
    let desk = nova::connect(Desk).credentials(key).dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let mut peer = server.logged_in().await;
    desk.wait_ready().await.expect("ready");
    subscribed(&desk, &mut peer, "a").await;
    peer.push("a", json!(1)).await;
    peer.within(secs(16)).await;
    peer.send(json!({"id": 999, "result": 0})).await;
    settle().await;
    drop(peer);
    let mut peer = server.logged_in().await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(2)).await;
    settle().await;
    tokio::spawn(peer.rest());
    desk.close().await;
    let mut told = Vec::new();
    while let Some(event) = events.try_next() {
        told.push(match event {
            Event::State(step) => step.to.to_string(),
            Event::LoggedIn { scope, refreshed } => format!("logged in: {scope} {refreshed}"),
            Event::Subscribed { topics } => format!("subscribed: {topics:?}"),
            Event::Gap(gap) => format!("gap: {}", gap.topic),
            Event::Error(error) => format!("error: {}", error.class()),
            Event::Orphan { id } => format!("orphan: {id}"),
            Event::Heartbeat(beat) => format!("{beat:?}"),
            event => format!("{event:?}"),
        });
    }
    let connected = ["connecting", "authenticating", "logged in: all false", "restoring"];
    let first = ["ready", "subscribed: [\"a\"]", "Sent", "Answered { after: 0ns }", "orphan: 999"];
    let lost = ["error: transient", "backoff"];
    let second = ["subscribed: [\"a\"]", "ready", "gap: a", "draining", "closing", "closed"];
    let expected = [&connected[..], &first, &lost, &connected, &second].concat();
    assert_eq!(told, expected);
    assert_eq!(events.missed(), 0);
}

#[tokio::test(start_paused = true)]
async fn history_keeps_every_step_with_its_reason_and_times() {
    let (desk, server, mut peer) = ready(Desk).await;
    peer.within(secs(10)).await;
    drop(peer);
    let _peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let history = desk.history();
    assert_eq!(history.len(), 9);
    assert!(history.windows(2).all(|steps| steps[0].to == steps[1].from && steps[0].at <= steps[1].at));
    let (lost, dialled) = (&history[4], &history[5]);
    assert!(matches!(&*lost.cause, Cause::Error(error) if error.is_transient()), "{lost:?}");
    assert_eq!(
        (lost.from, lost.to, lost.after, lost.epoch),
        (State::Ready { missing: 0 }, State::Backoff, secs(10), 1)
    );
    let delay = lost.delay.expect("it waits");
    assert!(delay > Duration::ZERO && dialled.after >= delay, "{lost:?} {dialled:?}");
    assert!(matches!(&*dialled.cause, Cause::DelayOver), "{dialled:?}");
}

#[tokio::test(start_paused = true)]
async fn watch_follows_the_state() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut watch = desk.watch();
    assert_eq!(watch.now(), State::Idle);
    let watching = tokio::spawn(async move {
        let ready = watch.until(State::is_ready).await.expect("ready");
        let next = watch.changed().await;
        let never = watch.until(|state| state == State::Suspended).await;
        (ready, next, never, watch.changed().await, watch.end().is_none())
    });
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    settle().await;
    drop(peer);
    settle().await;
    assert_eq!(desk.state(), State::Backoff);
    desk.close().await;
    let (ready, next, never, last, in_order) = watching.await.expect("no panic");
    assert_eq!(
        (ready, next, never, last),
        (State::Ready { missing: 0 }, State::Backoff, Err(State::Closed), State::Closed)
    );
    assert!(in_order);
}

#[tokio::test(start_paused = true)]
async fn streams_are_independent_and_the_last_one_leaves_the_topic() {
    let (desk, server, mut peer) = ready(Desk).await;
    let (first, _) = tokio::join!(desk.stream("a"), peer.answer("subscribe", json!(["a"])));
    let mut first = first.expect("confirmed");
    let mut second = desk.stream("a").await.expect("confirmed already");
    let (other, _) = tokio::join!(desk.stream("b"), peer.answer("subscribe", json!(["b"])));
    let mut other = other.expect("confirmed");
    for number in 1..=2 {
        peer.push("a", json!(number)).await;
    }
    peer.push("b", json!(3)).await;
    settle().await;
    // Each has its own copy, at its own pace, and only of its topic.
    assert_eq!((payload_of(first.next().await), payload_of(first.next().await)), (json!(1), json!(2)));
    assert_eq!(payload_of(other.next().await), 3);
    assert_eq!(payload_of(second.next().await), 1);
    drop(first);
    peer.expect_silence(secs(1)).await;
    assert_eq!(payload_of(second.next().await), 2);
    // Over a lost link, with the hole told to each.
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "b"])).await;
    peer.push("a", json!(4)).await;
    assert!(matches!(second.next().await, Some(nova::Item::Gap(gap)) if *gap.topic == *"a"));
    assert_eq!(payload_of(second.next().await), 4);
    drop(second);
    assert_eq!(peer.answer("unsubscribe", json!(["a"])).await, json!(["a"]));
    assert_eq!(desk.wanted(), ["b"]);
    tokio::spawn(peer.rest());
    desk.close().await;
    settle().await;
    assert!(other.next().await.is_none(), "ended with the client");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_was_subscribed_as_well_outlives_its_streams() {
    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    let stream = desk.stream("a").await.expect("confirmed already");
    drop(stream);
    peer.expect_silence(secs(1)).await;
    peer.push("a", json!(1)).await;
    assert_eq!(payload(&desk).await, 1);
    pass(secs(1)).await;
    assert_eq!(desk.wanted(), ["a"]);
}
