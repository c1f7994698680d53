//! nova and Python's `websockets` with a faulty link between them: numbered messages, none lost in silence and none twice.

use std::{ops::RangeInclusive, pin::pin, time::Duration};

use futures_util::{Stream, StreamExt as _};
use nova::{
    Error, Handle, Item, Outcome, Outgoing, Raw, State,
    test::fault::{Delay, FaultProxy, Faults, Link},
};
use serde_json::{Value, json};

use crate::peer::{Peer, within};

/// Finds out within four seconds, which a peer on a loaded machine does not take to answer, and is back soon: a test waits for both.
#[nova::client(
    platform = "echo",
    profile = "financial",
    heartbeat(interval = "1s", timeout = "3s"),
    reconnect(initial_delay = "10ms", max_delay = "50ms")
)]
struct Mirror;

async fn connect(faults: Faults) -> Option<(Peer, FaultProxy, Handle<Mirror>)> {
    let peer = Peer::start("echo.sh", &["websockets"])?;
    let proxy = FaultProxy::to(peer.address().to_string(), faults).await.expect("a free port");
    let mirror = within("ready", nova::connect(Mirror).url(proxy.url("/")).into_future()).await.expect("ready");
    Some((peer, proxy, mirror))
}

fn numbered(number: u64) -> Outgoing {
    let padding = "x".repeat(usize::try_from(number % 300).expect("small"));
    Outgoing::json(json!({"n": number, "padding": padding}).to_string())
}

/// The next number that comes back.
async fn number(items: &mut (impl Stream<Item = Item<Raw>> + Unpin)) -> u64 {
    match within("a message", items.next()).await {
        Some(Item::Message(raw)) => raw.data::<Value>().expect("JSON")["n"].as_u64().expect("a number"),
        other => panic!("{other:?}"),
    }
}

/// Sends these numbers; one that was said not to be sent is sent again.
async fn send(mirror: &Handle<Mirror>, numbers: RangeInclusive<u64>) {
    for number in numbers {
        while let Err(error) = within("room to send", mirror.send(numbered(number))).await {
            let unsent = matches!(error, Error::NotReady { .. } | Error::Disconnected { outcome: Outcome::NotSent });
            assert!(unsent, "{error}");
            within("ready", mirror.wait_ready()).await.expect("ready");
        }
    }
}

#[tokio::test]
async fn a_slow_and_torn_link_carries_every_message_once_and_in_order() {
    let slow = Faults::new().seed(1).latency(Delay::normal(Duration::from_millis(20), Duration::from_millis(10)));
    for faults in [slow.clone().jitter(Duration::from_millis(10)), Faults::new().slicer(1), slow.slicer(100)] {
        let Some((_peer, proxy, mirror)) = connect(faults.clone()).await else { return };
        let mut items = pin!(mirror.items());
        send(&mirror, 1..=100).await;
        for expected in 1..=100 {
            assert_eq!(number(&mut items).await, expected, "{faults:?}");
        }
        assert_eq!(proxy.link().connections(), 1, "{faults:?}");
    }
}

/// Strikes the link again and again with echoes under way. What was on it may be lost, and then the loss is told; what is sent on a
/// connection that lives comes back, and nothing comes twice or out of order.
async fn is_survived(strike: impl Fn(&Link)) {
    const ROUNDS: u64 = 3;
    const EACH: u64 = 40;
    let Some((_peer, proxy, mirror)) = connect(Faults::new().latency(Duration::from_millis(2))).await else { return };
    let link = proxy.link();
    let mut items = pin!(mirror.items());
    let mut last = 0;
    for round in 0..ROUNDS {
        let first = round * 2 * EACH + 1;
        // These are answered before anything happens.
        send(&mirror, first..=first + EACH - 1).await;
        for expected in first..first + EACH {
            loop {
                let came = number(&mut items).await;
                assert!(came > last, "{came} after {last}: twice, or out of order");
                last = came;
                // What is older was on the link when it was struck.
                if came >= first {
                    assert_eq!(came, expected, "lost without a word");
                    break;
                }
            }
        }
        // And these are under way.
        send(&mirror, first + EACH..=first + 2 * EACH - 1).await;
        let mut watch = mirror.watch();
        strike(&link);
        within("the loss", watch.until(|state| !state.is_ready())).await.expect("it tries again");
        within("ready", mirror.wait_ready()).await.expect("ready");
    }
    let losses = mirror.history().iter().filter(|step| step.to == State::Backoff).count() as u64;
    assert_eq!((losses, link.connections()), (ROUNDS, ROUNDS + 1), "each loss is told, and there are no others");
}

#[tokio::test]
async fn a_cut_link_is_survived() {
    is_survived(Link::cut).await;
}

#[tokio::test]
async fn a_reset_link_is_survived() {
    is_survived(Link::reset).await;
}

#[tokio::test]
async fn a_half_open_link_is_found_and_survived() {
    is_survived(Link::vanish).await;
}
