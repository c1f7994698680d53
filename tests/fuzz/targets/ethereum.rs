//! Ethereum: subscriptions by the node's numbers, what is fetched for a gap, and quantities.

#![no_main]

use fuzz::{Peer, lines, typed};
use libfuzzer_sys::fuzz_target;
use nova::{
    Message,
    codec::Json,
    platform::{
        Ethereum,
        ethereum::{Address, Block, Data, Feed, Hash, Head, Log, Receipt, Syncing, Transaction, U256},
    },
};

const TOPICS: &[(&str, &str)] = &[
    ("newHeads", r#""0x51f0000000000000000000000000a001""#),
    ("logs", r#""0x51f0000000000000000000000000a002""#),
    ("newPendingTransactions.full", "3"),
    ("syncing", r#""4""#),
];

fuzz_target!(|data: &[u8]| {
    Peer::new(&Ethereum::default(), TOPICS, |envelope| {
        let _ = Feed::decode(envelope, &Json).map(|feed| format!("{feed:?}"));
        typed!(envelope; Head, Block, Log, Vec<Log>, Transaction, Receipt, Syncing, Address, Hash, Data, U256);
    })
    .play(lines(data));
});
