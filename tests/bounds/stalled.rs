//! Consumers that are slow, or have stopped: what is kept for them, and that each loss is told.

use std::{
    env,
    future::pending,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nova::{Context, Handle, Handlers, Item, MessageHandler, Overflow, Patch, Raw, Result, codec::Json, patch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::{
    feed::{Feed, frame},
    measure::{KIB, Meter, alone},
    support::{Plain, poll_times, secs, settle},
};

const MIB: usize = 1024 * KIB;
/// P18: a message of 16 MiB, a frame of 4, 32 that wait, 4 to be sent, and a MiB of buffers.
const WORST: usize = 57 * MIB;
/// What waits for a consumer, at the most.
const WAITING: usize = 32 * MIB;
const POLICIES: [Overflow; 4] = [Overflow::DropOld, Overflow::DropNew, Overflow::Conflate, Overflow::Block];

/// Whatever comes is for whoever reads the inbox.
#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// The first message is the last it handles.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Stuck;

impl MessageHandler for Stuck {
    async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> Result {
        pending().await
    }
}

/// Handles each message for ten milliseconds.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Slow;

impl MessageHandler for Slow {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        sleep(Duration::from_millis(10)).await;
        cx.inherited().handle_message(message).await
    }
}

/// A client that is ready, its inbox open, and its venue.
async fn started<C: Handlers<Platform = Plain, Codec = Json>>(client: C, overflow: Overflow) -> (Handle<C>, Feed) {
    let (dialer, mut listener) = nova::memory();
    let patch = Patch::new().backpressure(patch::Backpressure::new().overflow(overflow));
    let client = nova::connect(client).url("ws://venue.test/").configure(patch).dialer(dialer).start().unwrap();
    let feed = Feed::accept(&mut listener).await;
    client.wait_ready().await.unwrap();
    assert!(poll_times(client.next(), 1).await.is_none());
    (client, feed)
}

/// A flood of four times what may wait, in messages of `pad` bytes and a bit; the peak, which is within the promise.
async fn flooded<C>(client: C, who: &str, overflow: Overflow, pad: usize) -> usize
where
    C: Handlers<Platform = Plain, Codec = Json>,
{
    let (client, mut feed) = started(client, overflow).await;
    let messages = (4 * WAITING / pad).min(12_000) as u64;
    let meter = Meter::start();
    for number in 0..messages {
        // Under `block` the venue has to wait, and nobody will ever relieve it.
        if timeout(secs(10), feed.send(&frame(number, pad))).await.is_err() {
            break;
        }
    }
    settle().await;
    meter.hold(&format!("{who}, {overflow}, messages of {pad} bytes"), WORST);
    client.abort();
    meter.peak()
}

#[test]
fn what_waits_for_a_consumer_that_has_stopped_is_bounded_under_each_policy() {
    alone(async {
        for overflow in POLICIES {
            for pad in [60, 16 * KIB] {
                let unread = flooded(Desk, "nobody reads", overflow, pad).await;
                let stuck = flooded(Stuck, "a handler never returns", overflow, pad).await;
                // It was a flood: under any policy but `block` the queue is full.
                let full = if pad == 60 { MIB } else { WAITING };
                assert!(overflow == Overflow::Block || stuck.min(unread) > full, "{overflow}: {stuck} and {unread}");
            }
        }
    });
}

/// A second of feed, or as many as `NOVA_FEED` says.
fn feed_seconds() -> u64 {
    env::var("NOVA_FEED").map_or(1, |seconds| seconds.parse().expect("NOVA_FEED is a number of seconds"))
}

/// What the consumer of one client got: how many messages, and how many were lost; checks that both add up at each place.
async fn consume(client: Handle<Slow>) -> (u64, u64) {
    let (mut got, mut lost, mut next) = (0, 0, 0);
    while let Ok(Some(item)) = timeout(secs(1), client.next()).await {
        match item {
            Item::Message(message) => {
                assert_eq!(message.data::<u64>().unwrap(), next, "no number is passed over in silence");
                (got, next) = (got + 1, next + 1);
            }
            Item::Dropped(dropped) => (lost, next) = (lost + dropped.messages, next + dropped.messages),
            item => panic!("{item:?}"),
        }
    }
    (got, lost)
}

#[test]
fn r078_a_hundred_thousand_a_second_for_a_handler_of_a_hundred_lose_by_the_policy_and_are_counted() {
    const A_SECOND: u64 = 100_000;
    const TEN_MS: Duration = Duration::from_millis(10);
    alone(async {
        for overflow in POLICIES {
            let (client, mut feed) = started(Slow, overflow).await;
            let consumer = tokio::spawn(consume(client.clone()));
            let (meter, begun) = (Meter::start(), Instant::now());
            let (mut sent, mut slowest) = (0, Duration::ZERO);
            while begun.elapsed() < secs(feed_seconds()) {
                let frames: Vec<u8> = (sent..sent + A_SECOND / 100).flat_map(|number| frame(number, 0)).collect();
                sent += A_SECOND / 100;
                feed.send(&frames).await;
                if overflow != Overflow::Block && sent.is_multiple_of(A_SECOND / 10) {
                    let asked = Instant::now();
                    feed.ping().await;
                    slowest = slowest.max(asked.elapsed());
                }
                sleep_until(begun + TEN_MS * u32::try_from(sent * 100 / A_SECOND).unwrap()).await;
            }
            tokio::spawn(feed.rest());
            let (got, lost) = consumer.await.unwrap();
            meter.hold(&format!("a hundred thousand a second, {overflow}"), WORST);
            println!("  {sent} sent, {got} delivered, {lost} dropped and told; a ping is answered within {slowest:?}");
            assert_eq!(got + lost, sent, "{overflow}");
            assert!(slowest <= TEN_MS, "{overflow}: {slowest:?}");
            assert!(client.state().is_ready());
            assert_eq!(lost == 0, overflow == Overflow::Block);
            client.abort();
        }
    });
}

/// Subscribes in its handler, and notes the end of it.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
#[derive(Default)]
struct Asking {
    desk: Arc<OnceLock<Handle<Asking>>>,
    confirmed: Arc<AtomicBool>,
}

impl MessageHandler for Asking {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        if message.data::<u64>()? == 0 {
            let desk = self.desk.get().unwrap().clone();
            desk.subscribe("topic").await?;
            self.confirmed.store(true, Ordering::SeqCst);
        }
        cx.inherited().handle_message(message).await
    }
}

#[test]
fn r081_a_handler_that_subscribes_is_answered_behind_a_full_buffer_that_blocks() {
    alone(async {
        let client = Asking::default();
        let (own, confirmed) = (client.desk.clone(), client.confirmed.clone());
        let (desk, mut feed) = started(client, Overflow::Block).await;
        own.set(desk.clone()).unwrap();
        feed.send(&frame(0, 0)).await;
        let call = feed.call().await;
        // As many as have room, and the confirmation behind some more.
        let rest: Vec<u8> = (1..=10_100).flat_map(|number| frame(number, 0)).collect();
        feed.send(&rest).await;
        feed.answer(&call).await;
        let begun = Instant::now();
        settle().await;
        assert!(confirmed.load(Ordering::SeqCst), "it waits for what only it could make room for");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        desk.abort();
    });
}
