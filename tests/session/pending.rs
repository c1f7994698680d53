//! A handler that takes its time: what must be on time is, what must wait waits in order, and nothing hangs on it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use nova::{Context, Error, Event, Handle, Lent, Outcome, Raw, Reconnect, Recovery, State};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::support::{Counted, Peer, Plain, Server, pass, secs, settle, venue};

/// How long the handler sleeps over a message that says "sleep".
const SLEEP: Duration = secs(60);

/// Sleeps over a message, then calls, and hands on what it was called with.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler, ErrorHandler))]
#[derive(Default)]
struct Sleeper {
    /// Set while the handler sleeps.
    asleep: Arc<AtomicBool>,
}

/// Unset when the handler ends, however it does.
struct Awake(Arc<AtomicBool>);

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl nova::MessageHandler for Sleeper {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> nova::Result {
        if message.channel() == Some("sleep") {
            self.asleep.store(true, Ordering::SeqCst);
            let _awake = Awake(self.asleep.clone());
            tokio::time::sleep(SLEEP).await;
            let answer: nova::Result<u64> = cx.call("from the handler", json!({})).await;
            assert_eq!(answer?, 7);
        }
        cx.deliver(message);
        Ok(())
    }
}

impl nova::ErrorHandler for Sleeper {
    async fn handle_error(&mut self, _: &Error, _: &mut Context<'_, Self>) -> Recovery {
        Recovery::Continue
    }

    fn should_reconnect(&mut self, _: &Error, _: u32, _: &mut Lent<'_, Self>) -> Reconnect {
        Reconnect::Never
    }
}

/// A client whose handler is asleep.
struct Asleep {
    desk: Handle<Sleeper>,
    dialer: Counted,
    server: Server,
    peer: Peer,
    sleeps: Arc<AtomicBool>,
}

async fn asleep() -> Asleep {
    let (dialer, mut server) = venue();
    let dialer = Counted::new(dialer);
    let client = Sleeper::default();
    let sleeps = client.asleep.clone();
    let desk = nova::connect(client).dialer(dialer.clone()).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    // Opens the inbox.
    assert!(crate::support::poll_times(desk.next(), 1).await.is_none());
    peer.push("sleep", json!(0)).await;
    settle().await;
    assert!(sleeps.load(Ordering::SeqCst));
    Asleep { desk, dialer, server, peer, sleeps }
}

async fn frame(peer: &mut Peer) -> Message {
    peer.ws.next().await.expect("the client is there").expect("a frame")
}

#[tokio::test(start_paused = true)]
async fn what_must_be_on_time_is_while_a_handler_is_pending() {
    let Asleep { desk, mut peer, sleeps, .. } = asleep().await;
    let started = Instant::now();
    for round in 0..5_u8 {
        // The venue's own question.
        let asked = Instant::now();
        peer.send(json!({"ask": "alive"})).await;
        assert_eq!(peer.receive().await, json!({"alive": true}));
        // A WebSocket ping.
        peer.ws.send(Message::Ping(Bytes::from(vec![round]))).await.expect("sent");
        assert_eq!(frame(&mut peer).await, Message::Pong(Bytes::from(vec![round])));
        // A call of somebody else.
        let (answer, ()) = tokio::join!(desk.call::<u64>("other", json!({})), async {
            peer.answer("other", json!(round)).await;
        });
        assert_eq!(answer.expect("answered"), u64::from(round));
        // A topic.
        let topic = format!("topic.{round}");
        let (confirmed, _) =
            tokio::join!(desk.subscribe(topic.clone()), peer.answer("subscribe", json!([topic.clone()])));
        confirmed.expect("confirmed");
        peer.push(&topic, json!(round)).await;
        assert_eq!(asked.elapsed(), Duration::ZERO, "served at once");
        // Then nothing comes any more: a heartbeat after its interval.
        let quiet = Instant::now();
        assert!(matches!(frame(&mut peer).await, Message::Ping(_)));
        assert_eq!(quiet.elapsed(), secs(15), "a heartbeat on time");
        if started.elapsed() + secs(15) >= SLEEP {
            break;
        }
    }
    assert!(sleeps.load(Ordering::SeqCst), "all this happened behind the handler");
    while started.elapsed() < SLEEP {
        tokio::time::timeout_at(started + SLEEP, peer.ws.next()).await.ok();
    }
    peer.answer("from the handler", json!(7)).await;
    let mut channels = Vec::new();
    for _ in 0..4 {
        let message = desk.next().await.expect("an item").message().expect("a message");
        channels.push(message.channel().expect("a channel").to_owned());
    }
    assert_eq!(channels, ["sleep", "topic.0", "topic.1", "topic.2"], "messages waited in order");
    assert!(!sleeps.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_link_lost_while_a_handler_is_pending_comes_back_behind_it() {
    let Asleep { desk, mut server, peer, sleeps, .. } = asleep().await;
    let mut events = desk.events();
    let call = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("open", json!({})).await }
    });
    settle().await;
    let lost_at = Instant::now();
    drop(peer);
    let told = call.await.expect("no panic");
    assert!(matches!(told, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{told:?}");
    assert_eq!(lost_at.elapsed(), Duration::ZERO, "told at once");
    let refused = desk.call::<u64>("while away", json!({})).await;
    assert!(matches!(refused, Err(Error::NotReady { .. })), "{refused:?}");
    settle().await;
    assert_eq!(desk.state(), State::Backoff, "nobody is told of a link that is gone, though nothing is decided yet");

    let mut peer = server.ready().await;
    let away = lost_at.elapsed();
    assert!(away >= secs(1) && away <= secs(2), "decided after a second, then the profile's delay: {away:?}");
    let late = std::iter::from_fn(|| events.try_next()).filter(|event| matches!(event, Event::DecisionLate)).count();
    assert_eq!(late, 1);
    settle().await;
    assert!(desk.state().is_ready() && sleeps.load(Ordering::SeqCst), "ready behind the handler");
    let (answer, _) = tokio::join!(desk.call::<u64>("again", json!({})), peer.answer("again", json!(1)));
    assert_eq!(answer.expect("answered"), 1);
    // The handler's own call, made when it wakes, goes over the new connection.
    peer.push("a", json!(1)).await;
    peer.answer("from the handler", json!(7)).await;
    for channel in ["sleep", "a"] {
        let message = desk.next().await.expect("an item").message().expect("a message");
        assert_eq!(message.channel(), Some(channel));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_pending_handler_the_client_decides_itself_and_at_once() {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Sleeper::default()).dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    drop(peer);
    settle().await;
    assert_eq!(desk.state(), State::Failed, "it says never");
    assert!(!std::iter::from_fn(|| events.try_next()).any(|event| matches!(event, Event::DecisionLate)));
}

#[tokio::test(start_paused = true)]
async fn r065_a_close_while_a_handler_is_pending_ends_by_its_deadline() {
    // With a peer that answers, without one that does, and with the link gone.
    for how in ["answered", "unanswered", "lost", "lost long ago"] {
        let Asleep { desk, dialer, server, peer, sleeps } = asleep().await;
        let mut kept = None;
        match how {
            "answered" => drop(tokio::spawn(peer.rest())),
            "unanswered" => kept = Some(peer),
            _ => drop(peer),
        }
        if how == "lost long ago" {
            drop(server);
            pass(secs(20)).await;
        } else {
            settle().await;
        }
        let dials = dialer.dials();
        let asked = Instant::now();
        let closed = desk.close().await;
        let (allowed, expected) = match how {
            "unanswered" => (secs(5), nova::Closed::Unclean),
            _ => (Duration::ZERO, nova::Closed::Clean),
        };
        assert_eq!((asked.elapsed(), closed), (allowed, expected), "{how}");
        // The handler may run on to the deadline, and not beyond.
        assert_eq!(sleeps.load(Ordering::SeqCst), allowed < secs(5), "{how}");
        assert!(desk.next().await.is_none(), "{how}");
        assert_eq!(asked.elapsed(), secs(5), "{how}: the handler was dropped");
        assert!(!sleeps.load(Ordering::SeqCst), "{how}");
        pass(secs(600)).await;
        assert_eq!((dialer.dials(), desk.state()), (dials, State::Closed), "{how}");
        drop(kept);
    }
}

/// Panics over what it is told to.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler, ErrorHandler))]
#[derive(Default)]
struct Brittle {
    told: Arc<std::sync::Mutex<Vec<String>>>,
}

impl nova::MessageHandler for Brittle {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> nova::Result {
        let what: String = message.data()?;
        assert_ne!(what, "at once");
        if what == "later" {
            tokio::time::sleep(secs(1)).await;
            panic!("as told");
        }
        cx.deliver(message);
        Ok(())
    }

    fn validate_message(message: &Raw, _: nova::View<'_, Self>) -> nova::Result {
        assert_ne!(message.data::<String>()?, "while validating");
        Ok(())
    }
}

impl nova::ErrorHandler for Brittle {
    async fn handle_error(&mut self, error: &Error, _: &mut Context<'_, Self>) -> Recovery {
        self.told.lock().expect("whole").push(error.to_string());
        assert!(!error.to_string().contains("refused"), "it panics over this one");
        Recovery::Continue
    }

    fn should_reconnect(&mut self, error: &Error, _: u32, lent: &mut Lent<'_, Self>) -> Reconnect {
        assert!(!matches!(error, Error::Closed { .. }), "it panics over this one too");
        lent.inherited().should_reconnect(error, 0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_loses_only_that_message() {
    let (dialer, mut server) = venue();
    let client = Brittle::default();
    let told = client.told.clone();
    let desk = nova::connect(client).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let _ = crate::support::poll_times(desk.next(), 1).await;
    let words = ["one", "at once", "two", "later", "three", "while validating", "four"];
    for word in words {
        peer.push("a", json!(word)).await;
    }
    for expected in ["one", "two", "three", "four"] {
        let message = desk.next().await.expect("an item").message().expect("a message");
        assert_eq!(message.data::<String>().expect("a word"), expected);
    }
    let panics = std::mem::take(&mut *told.lock().expect("whole"));
    assert_eq!(panics.len(), 3, "{panics:?}");
    assert!(panics.iter().all(|told| told.contains("panicked")), "{panics:?}");
    // The handler of errors may panic too.
    peer.push("a", Value::Null).await;
    peer.push("a", json!("five")).await;
    let message = desk.next().await.expect("an item").message().expect("a message");
    assert_eq!(message.data::<String>().expect("a word"), "five");
    assert!(desk.state().is_ready());
    // And so may a decision: the profile's stands then.
    peer.ws.close(None).await.expect("sent");
    peer.rest().await;
    let mut peer = server.ready().await;
    settle().await;
    assert!(desk.state().is_ready());
    peer.push("a", json!("six")).await;
    let message = desk.next().await.expect("an item").message().expect("a message");
    assert_eq!(message.data::<String>().expect("a word"), "six");
}

/// Cannot even say what it wants to send.
#[nova::client(platform = Plain, profile = "standard", overrides(MessageHandler))]
struct Broken;

impl nova::MessageHandler for Broken {
    fn encode_message(
        outgoing: nova::Outgoing,
        codec: &nova::codec::Json,
        view: nova::View<'_, Self>,
    ) -> nova::Result<nova::Frame> {
        assert!(!outgoing.text().is_some_and(|text| text.contains("subscribe")));
        view.inherited().encode_message(outgoing, codec)
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_dies_hangs_nobody() {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Broken).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let call = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("never", json!({})).await }
    });
    peer.receive().await;
    let started = Instant::now();
    let told = desk.subscribe("a").await;
    assert!(told.is_err(), "{told:?}");
    assert!(call.await.expect("no panic").is_err());
    let end = desk.wait_ready().await;
    assert!(matches!(end, Err(Error::Panicked { .. })), "{end:?}");
    assert!(desk.next().await.is_none());
    desk.close().await;
    assert_eq!(started.elapsed(), Duration::ZERO);
}
