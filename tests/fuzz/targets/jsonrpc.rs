//! JSON-RPC 2.0, with and without subscriptions: answers, notifications, requests of the server's, batches.

#![no_main]

use fuzz::{Peer, lines};
use libfuzzer_sys::fuzz_target;
use nova::platform::JsonRpc;

const TOPICS: &[(&str, &str)] = &[("newHeads", r#""0x51f0""#), ("ticks", "5"), ("refused", "null")];

fuzz_target!(|data: &[u8]| {
    Peer::new(&JsonRpc::new(), &[], |_| {}).play(lines(data));
    let subscribing = JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
    Peer::new(&subscribing, TOPICS, |_| {}).play(lines(data));
});
