//! The keys of what comes in faster than it is handled, and of what may go out.

use std::sync::{Arc, Mutex};

use nova::{BackpressureHandler, Context, Error, Item, MessageHandler, Patch, Pressure, Raw, Result, State};
use serde_json::json;
use tokio::time::Instant;

use super::{Row, Seen, probe};
use crate::{
    script::millis,
    support::{Peer, Plain, pass, secs, settle, venue},
};

const ONE: (&str, &str) = ("rate_limit.capacity", "1");
const EXACT: (&str, &str) = ("rate_limit.safety", "1");
const TEN: (&str, &str) = ("backpressure.buffer", "10");

pub(super) const ROWS: &[Row] = &[
    Row {
        key: "rate_limit.capacity",
        see: ten_sends,
        beside: &[EXACT, ("rate_limit.refill", "1/s")],
        values: &[("1", 9_000..=9_000), ("5", 5_000..=5_000)],
    },
    Row {
        key: "rate_limit.refill",
        see: ten_sends,
        beside: &[EXACT, ONE],
        values: &[("1/s", 9_000..=9_000), ("10/s", 900..=910)],
    },
    Row {
        key: "rate_limit.limit",
        see: ten_sends,
        beside: &[EXACT],
        values: &[("5/10s", 10_000..=10_010), ("10/10s", 0..=0)],
    },
    Row {
        key: "rate_limit.mode",
        see: refused,
        beside: &[EXACT, ONE, ("rate_limit.refill", "1/s")],
        values: &[("queue", 9_000..=9_000), ("reject", 9..=9), ("allow", 0..=0)],
    },
    Row {
        key: "rate_limit.safety",
        see: ten_sends,
        beside: &[("rate_limit.limit", "10/10s")],
        values: &[("1", 0..=0), ("0.5", 10_000..=10_010)],
    },
    Row { key: "backpressure.buffer", see: kept, beside: &[], values: &[("5", 5..=5), ("50", 20..=20)] },
    Row { key: "backpressure.bytes", see: kept, beside: &[], values: &[("8KiB", 4..=9), ("1MiB", 20..=20)] },
    Row {
        key: "backpressure.overflow",
        see: ends_kept,
        beside: &[TEN],
        values: &[("drop_old", 1_019..=1_019), ("drop_new", 9..=9), ("conflate", 419..=419)],
    },
    Row {
        key: "backpressure.warning",
        see: |settings| pressure(settings, |pressure| matches!(pressure, Pressure::Warning(_))),
        beside: &[TEN],
        values: &[("0.3", 3..=4), ("0.8", 8..=9)],
    },
    Row {
        key: "backpressure.throttle",
        see: |settings| pressure(settings, |pressure| matches!(pressure, Pressure::Throttled(_))),
        beside: &[TEN, ("backpressure.warning", "0.2")],
        values: &[("0.5", 5..=6), ("0.9", 9..=10)],
    },
    Row {
        key: "breaker.panics",
        see: panics,
        beside: &[],
        values: &[("continue", 0..=0), ("reconnect", 1..=1), ("stop", 2..=2)],
    },
];

/// How long ten sends take; how many of them were refused, where some were.
fn refused(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        tokio::spawn(peer.rest());
        // What becoming ready has taken comes back.
        pass(secs(20)).await;
        let asked = Instant::now();
        let sends: Vec<_> = (0..10)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.send("hello").await })
            })
            .collect();
        let mut refused = 0;
        for send in sends {
            let sent = send.await.expect("no panic");
            refused += u64::from(matches!(sent, Err(Error::RateLimited { .. })));
        }
        if refused > 0 { refused } else { millis(asked.elapsed()) }
    })
}

fn ten_sends(settings: Box<Patch>) -> Seen {
    refused(settings)
}

/// Pushes twenty messages, each of a kilobyte, that nobody takes: five on one channel, and then the rest on another.
async fn push_twenty(peer: &mut Peer) {
    for number in 0..20 {
        let channel = if number < 5 { "rare" } else { "busy" };
        peer.push(channel, json!([number, "x".repeat(1_000)])).await;
    }
    settle().await;
}

/// The numbers of those of twenty messages that a consumer who came late still gets.
async fn numbers(settings: Box<Patch>) -> Vec<u64> {
    let (dialer, server) = venue();
    let client = probe(&settings).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    let _open = client.items();
    push_twenty(&mut peer).await;
    let mut numbers = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(secs(1), client.next()).await {
        if let Item::Message(message) = item {
            numbers.push(message.data::<(u64, String)>().expect("a number").0);
        }
    }
    numbers
}

fn kept(settings: Box<Patch>) -> Seen {
    Box::pin(async move { numbers(settings).await.len() as u64 })
}

/// A hundred times the first number, and the last.
fn ends_kept(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let numbers = numbers(settings).await;
        numbers[0] * 100 + numbers[numbers.len() - 1]
    })
}

#[nova::client(platform = Plain, profile = "standard", overrides(BackpressureHandler))]
struct Pressed(Arc<Mutex<Vec<Pressure>>>);

impl BackpressureHandler for Pressed {
    async fn handle_pressure(&mut self, pressure: &Pressure, _: &mut Context<'_, Self>) {
        self.0.lock().expect("whole").push(*pressure);
    }
}

/// After how many messages the handler is first told of such a fill.
fn pressure(settings: Box<Patch>, wanted: fn(&Pressure) -> bool) -> Seen {
    Box::pin(async move {
        let told = Arc::<Mutex<Vec<Pressure>>>::default();
        let (dialer, server) = venue();
        let client = nova::connect(Pressed(told.clone())).configure(*settings).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let _open = client.items();
        for number in 1..=20 {
            peer.push("a", json!(number)).await;
            settle().await;
            if told.lock().expect("whole").iter().any(wanted) {
                return number;
            }
        }
        panic!("the handler was never told")
    })
}

#[nova::client(platform = Plain, profile = "standard", overrides(MessageHandler))]
struct Panics;

impl MessageHandler for Panics {
    async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> Result {
        panic!("as the test wants it")
    }
}

/// Three panics: 0 where the client goes on as before, 1 where it took a fresh connection, 2 where it ended.
fn panics(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = nova::connect(Panics).configure(*settings).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        for _ in 0..3 {
            // The client may have hung up over the one before.
            peer.send_json(json!({"channel": "a", "data": 1})).await;
            settle().await;
        }
        match client.state() {
            State::Failed => 2,
            state => u64::from(!state.is_ready()),
        }
    })
}
