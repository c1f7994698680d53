//! A consumer that is slower than its feed: what is kept, what is dropped and told, what rests, and what goes on.

use std::{
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use nova::{
    Context, Error, Event, Frame, Handle, Handlers, Item, MessageHandler, Overflow, Patch, QueueView, Raw, Result,
    View, patch,
};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Peer, Plain, Server, close_frame, pass, poll_times, secs, settle, venue};

const KEYS: u64 = 7;

/// One after another, over a few channels, each channel alike often; nothing is masked on its way to a client.
fn frames(numbers: RangeInclusive<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        let text = json!({"channel": format!("c{}", number % KEYS), "data": number}).to_string();
        bytes.extend([0x81, u8::try_from(text.len()).expect("short")]);
        bytes.extend(text.as_bytes());
    }
    bytes
}

async fn push(peer: &mut Peer, numbers: RangeInclusive<u64>) {
    assert!(peer.send_raw(frames(numbers)).await, "the client hung up");
    settle().await;
}

fn bounds(buffer: u32, overflow: Overflow) -> Patch {
    Patch::new().backpressure(patch::Backpressure::new().buffer(buffer).overflow(overflow))
}

async fn started<C>(client: C, patch: &Patch) -> (Handle<C>, Server, Peer)
where
    C: Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    let desk = nova::connect(client).configure(*patch).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    // Opens the inbox.
    assert!(poll_times(desk.next(), 1).await.is_none());
    (desk, server, peer)
}

/// What a consumer got: each number, and how many were lost before it.
#[derive(Debug, Default)]
struct Got {
    numbers: Vec<(u64, u64)>,
    lost_last: u64,
    bytes: usize,
}

impl Got {
    fn take(&mut self, item: Item<Raw>) {
        match item {
            Item::Message(message) => {
                self.bytes += message.frame().len();
                let lost = std::mem::take(&mut self.lost_last);
                self.numbers.push((message.data().expect("a number"), lost));
            }
            Item::Dropped(dropped) => self.lost_last += dropped.messages,
            item => panic!("{item:?}"),
        }
    }

    /// Everything that can be had without waiting for more.
    async fn rest<C: nova::Client<Message = Raw>>(desk: &Handle<C>) -> Self {
        let mut got = Self::default();
        while let Ok(Some(item)) = tokio::time::timeout(secs(1), desk.next()).await {
            got.take(item);
        }
        got
    }

    /// Each loss stands where it happened: no number is passed over that is not counted there.
    fn is_exact(&self, from: u64, to: u64) {
        let mut expected = from;
        for (number, lost) in &self.numbers {
            assert_eq!(*number, expected + lost, "{lost} lost before {number}");
            expected = number + 1;
        }
        assert_eq!(expected + self.lost_last, to + 1, "and {} at the end", self.lost_last);
    }

    fn lost(&self) -> u64 {
        self.numbers.iter().map(|(_, lost)| lost).sum::<u64>() + self.lost_last
    }
}

/// How many messages the events say were dropped, from now on.
fn dropped<C: nova::Client>(desk: &Handle<C>) -> Arc<AtomicU64> {
    let (mut events, dropped) = (desk.events(), Arc::<AtomicU64>::default());
    tokio::spawn({
        let dropped = dropped.clone();
        async move {
            while let Some(event) = events.next().await {
                if let Event::Dropped { messages } = event {
                    dropped.fetch_add(messages, Ordering::SeqCst);
                }
            }
        }
    });
    dropped
}

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Handles each message for ten milliseconds.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Slow;

impl MessageHandler for Slow {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        tokio::time::sleep(Duration::from_millis(10)).await;
        cx.inherited().handle_message(message).await
    }
}

/// A minute of feed, with pings and calls in between that are served at once; returns how many messages were sent.
async fn a_minute<C: nova::Client>(desk: &Handle<C>, peer: &mut Peer, a_second: u64) -> u64 {
    let started = Instant::now();
    let (mut sent, mut round) = (0, 0_u8);
    while started.elapsed() < secs(60) {
        for _ in 0..10 {
            assert!(peer.send_raw(frames(sent + 1..=sent + a_second / 10)).await, "the client hung up");
            sent += a_second / 10;
            tokio::time::sleep_until(started + Duration::from_millis(sent * 1_000 / a_second)).await;
        }
        if started.elapsed().as_secs().is_multiple_of(10) {
            round += 1;
            let asked = Instant::now();
            peer.send_frame(Frame::Ping(vec![round].into())).await;
            while peer.next_frame().await.expect("there") != Frame::Pong(vec![round].into()) {}
            let (answer, ()) = tokio::join!(desk.call::<u8>("other", json!({})), async {
                peer.answer("other", json!(round)).await;
            });
            assert_eq!(answer.expect("answered"), round);
            assert!(asked.elapsed() < Duration::from_millis(20), "served at once: {:?}", asked.elapsed());
        }
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_stops_for_a_minute_loses_by_its_policy_and_knows_what() {
    const BYTES: usize = 40_000;
    for (overflow, a_second) in [(Overflow::DropOld, 10_000), (Overflow::DropNew, 1_000), (Overflow::Conflate, 1_000)] {
        for by_bytes in [false, true] {
            let (buffer, bytes) = if by_bytes { (1_000_000, BYTES) } else { (1_000, 32 << 20) };
            let a_second = if by_bytes { 1_000 } else { a_second };
            let settings = patch::Backpressure::new().buffer(buffer).bytes(bytes).overflow(overflow);
            let (desk, _server, mut peer) = started(Desk, &Patch::new().backpressure(settings)).await;
            let told = dropped(&desk);
            let sent = a_minute(&desk, &mut peer, a_second).await;
            assert_eq!(sent, 60 * a_second);
            settle().await;
            let got = Got::rest(&desk).await;
            got.is_exact(1, sent);
            assert_eq!(got.lost(), told.load(Ordering::SeqCst), "{overflow}: told in-band as in events");
            if by_bytes {
                assert!(got.bytes <= BYTES && got.bytes > BYTES - 100, "{overflow}: {} bytes were kept", got.bytes);
            } else {
                assert_eq!(got.numbers.len(), 1_000, "{overflow}");
            }
            let kept: Vec<u64> = got.numbers.iter().map(|(number, _)| *number).collect();
            match overflow {
                Overflow::DropNew => assert_eq!(kept[0], 1),
                _ => assert!((sent - KEYS + 1..=sent).all(|last| kept.contains(&last)), "the latest of each channel"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r078_a_handler_slower_than_its_feed_loses_by_its_policy_and_knows_what() {
    for overflow in [Overflow::DropOld, Overflow::DropNew, Overflow::Conflate] {
        let (desk, _server, mut peer) = started(Slow, &bounds(500, overflow)).await;
        let told = dropped(&desk);
        let consumer = tokio::spawn({
            let desk = desk.clone();
            async move { Got::rest(&desk).await }
        });
        let sent = a_minute(&desk, &mut peer, 1_000).await;
        let got = consumer.await.expect("no panic");
        got.is_exact(1, sent);
        assert_eq!(got.lost(), told.load(Ordering::SeqCst), "{overflow}");
        // A hundred a second, and what waited at the end.
        assert!((6_300..6_700).contains(&got.numbers.len()), "{overflow}: {}", got.numbers.len());
    }
    // Under `block` nothing is lost, and the venue has to wait.
    let (desk, _server, mut peer) = started(Slow, &bounds(500, Overflow::Block)).await;
    let feed = tokio::spawn(async move {
        push(&mut peer, 1..=6_000).await;
        peer
    });
    let begun = Instant::now();
    let got = Got::rest(&desk).await;
    assert!(begun.elapsed() >= secs(60), "one by one, ten milliseconds each");
    got.is_exact(1, 6_000);
    assert_eq!((got.lost(), got.numbers.len()), (0, 6_000));
    drop(feed.await.expect("no panic"));
}

#[tokio::test(start_paused = true)]
async fn conflation_drops_what_a_later_message_of_its_key_has_overtaken() {
    /// By parity instead of by channel, and nothing for multiples of ten.
    #[nova::client(platform = Plain, overrides(BackpressureHandler))]
    struct Parity;

    impl nova::BackpressureHandler for Parity {
        fn overflow(_: &QueueView, _: View<'_, Self>) -> Overflow {
            Overflow::Conflate
        }

        fn conflation_key<'m>(message: &'m Raw, view: View<'m, Self>) -> Option<std::borrow::Cow<'m, str>> {
            let number: u64 = message.data().ok()?;
            assert!(view.inherited().conflation_key(message).is_some_and(|channel| channel.starts_with('c')));
            (!number.is_multiple_of(10)).then(|| (number % 2).to_string().into())
        }
    }

    // Channels are 1 2 3 4 5 6 0 1 ..: the third message finds room, the eighth takes that of the first.
    let (desk, _server, mut peer) = started(Desk, &bounds(7, Overflow::Conflate)).await;
    push(&mut peer, 1..=8).await;
    push(&mut peer, 15..=15).await;
    assert_eq!(Got::rest(&desk).await.numbers, [(2, 1), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (15, 1)]);
    // Where no message is overtaken, the oldest of all goes.
    let (desk, _server, mut peer) = started(Desk, &bounds(3, Overflow::Conflate)).await;
    push(&mut peer, 1..=5).await;
    assert_eq!(Got::rest(&desk).await.numbers, [(3, 2), (4, 0), (5, 0)]);
    // A key of one's own.
    let (desk, _server, mut peer) = started(Parity, &bounds(3, Overflow::DropNew)).await;
    push(&mut peer, 9..=13).await;
    assert_eq!(Got::rest(&desk).await.numbers, [(10, 1), (12, 1), (13, 0)]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_a_handler_and_in_streams_is_conflated_too() {
    let (desk, _server, mut peer) = started(Slow, &bounds(7, Overflow::Conflate)).await;
    // The first is being handled while the others come.
    push(&mut peer, 1..=70).await;
    let got = Got::rest(&desk).await;
    assert_eq!(got.numbers[..2], [(1, 0), (64, 62)]);
    assert_eq!((got.numbers.len(), got.lost()), (8, 62));
    let (desk, _server, mut peer) = started(Desk, &bounds(2, Overflow::Conflate)).await;
    let (stream, _) = tokio::join!(desk.stream("c1"), peer.answer("subscribe", json!(["c1"])));
    let mut stream = stream.expect("confirmed");
    push(&mut peer, 1..=28).await;
    let mut got = Got::default();
    for _ in 0..3 {
        got.take(stream.next().await.expect("an item"));
    }
    assert_eq!(got.numbers, [(15, 2), (22, 0)]);
}

#[tokio::test(start_paused = true)]
async fn pause_holds_back_everything_and_resume_delivers_it_in_order() {
    let (desk, server, mut peer) = started(Desk, &bounds(10, Overflow::DropOld)).await;
    push(&mut peer, 1..=2).await;
    desk.pause();
    assert!(desk.is_paused());
    push(&mut peer, 3..=4).await;
    assert!(tokio::time::timeout(secs(10), desk.next()).await.is_err(), "neither what waited nor what came");
    // Everything else goes on: replies, subscriptions, and a whole reconnect.
    let (answer, ()) = tokio::join!(desk.call::<u8>("other", json!({})), async {
        peer.answer("other", json!(1)).await;
    });
    assert_eq!(answer.expect("answered"), 1);
    let (stream, _) = tokio::join!(desk.stream("c5"), peer.answer("subscribe", json!(["c5"])));
    let mut stream = stream.expect("confirmed");
    push(&mut peer, 5..=5).await;
    assert!(tokio::time::timeout(secs(1), stream.next()).await.is_err(), "a stream that was opened meanwhile");
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["c5"])).await;
    push(&mut peer, 6..=9).await;
    assert!(desk.state().is_ready());
    assert!(poll_times(desk.next(), 1).await.is_none());
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.next().await }
    });
    settle().await;
    assert!(!waiting.is_finished());
    desk.resume();
    settle().await;
    assert!(waiting.is_finished(), "who waits is woken");
    let mut got = Got::default();
    got.take(waiting.await.expect("no panic").expect("an item"));
    while let Ok(Some(item)) = tokio::time::timeout(secs(1), desk.next()).await {
        got.take(item);
    }
    assert_eq!(got.numbers.last(), Some(&(9, 0)));
    got.is_exact(1, 9);
    let mut of_stream = Got::default();
    of_stream.take(stream.next().await.expect("an item"));
    assert_eq!(of_stream.numbers, [(5, 0)]);
}

#[tokio::test(start_paused = true)]
async fn pause_holds_back_handlers_and_ends_with_the_client() {
    #[nova::client(platform = Plain, overrides(MessageHandler, ConnectionHandler))]
    #[derive(Default)]
    struct Counting {
        handled: Arc<AtomicUsize>,
        steps: Arc<AtomicUsize>,
    }

    impl MessageHandler for Counting {
        async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
            self.handled.fetch_add(1, Ordering::SeqCst);
            cx.inherited().handle_message(message).await
        }
    }

    impl nova::ConnectionHandler for Counting {
        async fn handle_state(&mut self, _: &nova::Transition, _: &mut Context<'_, Self>) {
            self.steps.fetch_add(1, Ordering::SeqCst);
        }
    }

    let client = Counting::default();
    let (handled, steps) = (client.handled.clone(), client.steps.clone());
    let (desk, server, mut peer) = started(client, &bounds(5, Overflow::DropNew)).await;
    push(&mut peer, 1..=1).await;
    desk.pause();
    push(&mut peer, 2..=20).await;
    let before = steps.load(Ordering::SeqCst);
    drop(peer);
    let mut peer = server.ready().await;
    pass(secs(5)).await;
    assert_eq!(handled.load(Ordering::SeqCst), 1);
    assert!(steps.load(Ordering::SeqCst) > before, "other callbacks pass what is held back");
    desk.resume();
    settle().await;
    assert_eq!(handled.load(Ordering::SeqCst), 6);
    desk.pause();
    push(&mut peer, 21..=22).await;
    tokio::spawn(peer.rest());
    desk.close().await;
    settle().await;
    assert_eq!(handled.load(Ordering::SeqCst), 8, "at the end nothing is paused any more");
    let got = Got::rest(&desk).await;
    got.is_exact(1, 22);
    assert!(desk.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_paused_alone() {
    let (desk, _server, mut peer) = started(Desk, &bounds(100, Overflow::DropOld)).await;
    let (stream, _) = tokio::join!(desk.stream("c1"), peer.answer("subscribe", json!(["c1"])));
    let mut stream = stream.expect("confirmed");
    stream.pause();
    push(&mut peer, 1..=8).await;
    assert!(tokio::time::timeout(secs(1), stream.next()).await.is_err());
    Got::rest(&desk).await.is_exact(1, 8);
    desk.pause();
    stream.resume();
    assert!(tokio::time::timeout(secs(1), stream.next()).await.is_err(), "the whole client is paused");
    desk.resume();
    let mut got = Got::default();
    for _ in 0..2 {
        got.take(stream.next().await.expect("an item"));
    }
    assert_eq!(got.numbers, [(1, 0), (8, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_is_only_crowded_out_loses_nothing() {
    let (desk, _server, mut peer) = started(Desk, &bounds(100, Overflow::DropOld)).await;
    let consumer = tokio::spawn({
        let desk = desk.clone();
        async move { Got::rest(&desk).await }
    });
    settle().await;
    // All at once: more than there is room for.
    push(&mut peer, 1..=1_000).await;
    let got = consumer.await.expect("no panic");
    assert_eq!((got.numbers.len(), got.lost()), (1_000, 0));
}

#[tokio::test(start_paused = true)]
async fn block_rests_until_the_buffer_is_relieved_and_loses_nothing() {
    /// Says so by its decision, not by the settings.
    #[nova::client(platform = Plain, overrides(BackpressureHandler))]
    struct Blocks;

    impl nova::BackpressureHandler for Blocks {
        fn overflow(_: &QueueView, _: View<'_, Self>) -> Overflow {
            Overflow::Block
        }
    }

    async fn rests<C: nova::Client<Message = Raw>>(desk: Handle<C>, mut peer: Peer, most: usize) {
        push(&mut peer, 1..=1_000).await;
        pass(secs(5)).await;
        // The venue closes behind what it has sent, and is heard only when that has been read.
        peer.send_frame(close_frame(1000, "")).await;
        settle().await;
        assert!(desk.state().is_ready());
        let mut got = Got::default();
        for _ in 0..most {
            got.take(desk.next().await.expect("an item"));
        }
        got.is_exact(1, most as u64);
        assert!(desk.state().is_ready(), "reading goes on only bit by bit");
        while got.numbers.len() < 1_000 {
            got.take(desk.next().await.expect("an item"));
        }
        got.is_exact(1, 1_000);
        settle().await;
        assert!(!desk.state().is_ready());
    }

    let (desk, _server, peer) = started(Desk, &bounds(100, Overflow::Block)).await;
    rests(desk, peer, 100).await;
    let (desk, _server, peer) = started(Blocks, &bounds(100, Overflow::DropOld)).await;
    rests(desk, peer, 100).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_consumer_has_stopped_comes_back_under_block() {
    let (desk, server, mut peer) = started(Desk, &bounds(5, Overflow::Block)).await;
    push(&mut peer, 1..=50).await;
    // Nobody reads that it is gone before its heartbeat is missed, and that rests too: the consumer does it.
    desk.reconnect_now().expect("asked");
    drop(peer);
    let _peer = server.ready().await;
    settle().await;
    assert!(desk.state().is_ready(), "logged in and prepared with a full buffer");
}

/// Does in its handler what it is told to, through a handle of its own.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler, ErrorHandler))]
#[derive(Default)]
struct Own {
    desk: Arc<OnceLock<Handle<Own>>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Own {
    fn note(&self, note: impl Into<String>) {
        self.told.lock().expect("whole").push(note.into());
    }
}

impl MessageHandler for Own {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        let desk = self.desk.get().expect("set").clone();
        match message.channel() {
            Some("cx.call") => self.note(cx.call::<String>("own", json!({})).await?),
            Some("call") => self.note(desk.call::<String>("own", json!({})).await?),
            Some("subscribe") => {
                desk.subscribe(message.data::<String>()?).await?;
                self.note("subscribed");
            }
            Some("close") => self.note(format!("{:?}", desk.close().await)),
            _ => cx.deliver(message),
        }
        Ok(())
    }
}

impl nova::ErrorHandler for Own {
    async fn handle_error(&mut self, error: &Error, _: &mut Context<'_, Self>) -> nova::Recovery {
        self.note(format!("{error:?}"));
        nova::Recovery::Continue
    }
}

#[tokio::test(start_paused = true)]
async fn r081_a_handler_that_awaits_its_own_client_does_not_wait_for_ever() {
    let client = Own::default();
    let (own, told) = (client.desk.clone(), client.told.clone());
    let take = || std::mem::take(&mut *told.lock().expect("whole"));
    let (desk, _server, mut peer) = started(client, &bounds(10, Overflow::Block)).await;
    own.set(desk.clone()).expect("once");
    // With a buffer that is full, and the answer behind what has no room.
    for how in ["cx.call", "call"] {
        peer.push(how, json!(0)).await;
        let call = peer.receive().await;
        push(&mut peer, 1..=15).await;
        peer.reply(&call, json!("answered")).await;
        settle().await;
        assert_eq!(take(), ["answered"], "{how}");
        Got::rest(&desk).await.is_exact(1, 15);
    }
    peer.push("subscribe", json!("topic")).await;
    peer.answer("subscribe", json!(["topic"])).await;
    settle().await;
    assert_eq!(take(), ["subscribed"]);
    // And where as much again has no room: the handler is told instead of waiting for what only it could make room for.
    for how in ["cx.call", "call"] {
        peer.push(how, json!(0)).await;
        peer.receive().await;
        push(&mut peer, 1..=100).await;
        let asked = Instant::now();
        settle().await;
        assert_eq!((take(), asked.elapsed()), (vec!["WouldDeadlock".to_owned()], Duration::ZERO), "{how}");
        Got::rest(&desk).await.is_exact(1, 100);
    }
    peer.push("close", json!(0)).await;
    tokio::spawn(peer.rest());
    assert_eq!(desk.close().await, nova::Closed::Clean);
    settle().await;
    assert_eq!(take(), ["Clean"]);
}

/// Blocks its thread over each message: time passes, and nobody else has a turn.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Blocking;

impl MessageHandler for Blocking {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        let mut passes = std::pin::pin!(tokio::time::advance(secs(message.data()?)));
        // The first poll moves the clock; the second would let others have their turn.
        let _ = passes.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        cx.inherited().handle_message(message).await
    }
}

#[tokio::test(start_paused = true)]
async fn r079_a_handler_that_blocks_its_thread_is_told_and_not_held_against_the_peer() {
    let (desk, _server, mut peer) = started(Blocking, &Patch::new()).await;
    let (other, _other_server, other_peer) = started(Desk, &Patch::new()).await;
    tokio::spawn(other_peer.rest());
    let mut events = desk.events();
    // Longer than the interval and the time-out together, and once more while a heartbeat waits for its answer.
    peer.push("a", json!(60)).await;
    settle().await;
    pass(Duration::from_millis(100)).await;
    peer.push("a", json!(10)).await;
    peer.ping().await;
    settle().await;
    tokio::spawn(peer.rest());
    pass(secs(30)).await;
    let told: Vec<Event> = std::iter::from_fn(|| events.try_next()).collect();
    assert!(told.iter().any(|event| matches!(event, Event::Stalled { stalled } if *stalled >= secs(40))), "{told:?}");
    assert!(!told.iter().any(|event| matches!(event, Event::State(_) | Event::Error(_))), "{told:?}");
    assert!(desk.state().is_ready() && other.state().is_ready());
    assert_eq!((desk.history().len(), other.history().len()), (4, 4), "both on their first connection");
}

#[tokio::test(start_paused = true)]
async fn r010_a_server_that_reads_again_gets_everything_at_once() {
    // The link takes all that the connection holds at one go, which is less than what waits for it.
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.capacity(1 << 20)).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let text = json!({"fill": "x".repeat(64 * 1024)}).to_string();
    let mut taken = 0;
    while desk.send(nova::Outgoing::json(text.clone())).await.is_ok() {
        taken += 1;
        settle().await;
    }
    let since = Instant::now();
    for _ in 0..taken {
        assert!(peer.receive().await["fill"].is_string());
    }
    assert_eq!(since.elapsed(), Duration::ZERO, "nothing waits for a heartbeat to wake the task");
}

#[tokio::test(start_paused = true)]
async fn r010_a_server_that_stops_reading_costs_bounded_memory_and_its_connection() {
    let (desk, server, peer) = started(Desk, &Patch::new()).await;
    let text = "x".repeat(64 * 1024);
    let mut taken = 0;
    let refused = loop {
        match desk.send(text.clone()).await {
            Ok(()) => taken += text.len(),
            Err(error) => break error,
        }
        settle().await;
        assert!(taken < 6 << 20, "it takes for ever");
    };
    assert!(matches!(refused, Error::OutboundFull { .. }), "{refused:?}");
    assert!(taken >= 4 << 20, "{taken}");
    let since = Instant::now();
    let _next = server.ready().await;
    assert!((secs(19)..secs(22)).contains(&since.elapsed()), "found by the heartbeat: {:?}", since.elapsed());
    desk.wait_ready().await.expect("ready");
    desk.send("again").await.expect("nothing of the old connection is in the way");
    drop(peer);
}
