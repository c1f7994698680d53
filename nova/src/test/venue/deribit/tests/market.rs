//! Subscriptions and what they bring.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::peer::Peer;
use crate::test::venue::Deribit;

/// Price text to amount, one side.
type Side = BTreeMap<String, Value>;

fn apply(side: &mut Side, levels: &Value) {
    for level in levels.as_array().unwrap() {
        let (action, price) = (level[0].as_str().unwrap(), level[1].to_string());
        match action {
            "new" => assert!(side.insert(price, level[2].clone()).is_none(), "new on an existing level"),
            "change" => assert!(side.insert(price, level[2].clone()).is_some(), "change of an absent level"),
            "delete" => assert!(side.remove(&price).is_some(), "delete of an absent level"),
            other => panic!("unknown action {other}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_lists_what_is_served_in_another_order() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    venue.reject_topic("quote.ETH-PERPETUAL");
    let asked = [
        "book.BTC-PERPETUAL.100ms",
        "nonsense.X",
        "user.portfolio.btc",
        "quote.ETH-PERPETUAL",
        "trades.BTC-PERPETUAL.100ms",
        "ticker.BTC_PERPETUAL.100ms",
        "quote.BTC-PERPETUAL",
    ];
    let confirmed = ["trades.BTC-PERPETUAL.100ms", "quote.BTC-PERPETUAL", "book.BTC-PERPETUAL.100ms"];
    assert_eq!(peer.subscribe(&asked).await["result"], json!(confirmed));
    assert_eq!(venue.subscribed().len(), 3);
    let gone = peer.call("public/unsubscribe", json!({"channels": ["quote.BTC-PERPETUAL", "nonsense.X"]})).await;
    assert_eq!(gone["result"], json!(["quote.BTC-PERPETUAL"]));
    assert_eq!(peer.call("public/unsubscribe_all", json!({})).await["result"], "ok");
    assert!(venue.subscribed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn raw_needs_a_login_and_fails_the_whole_request() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let channels = ["book.BTC-PERPETUAL.raw", "quote.BTC-PERPETUAL"];
    assert_eq!(peer.subscribe(&channels).await["error"]["code"], 13778);
    assert!(venue.subscribed().is_empty());
    let mut peer = Peer::logged_in(&venue).await;
    assert_eq!(peer.subscribe(&channels).await["result"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn every_book_is_an_unbroken_chain_from_its_snapshot_to_the_next() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    for channel in ["book.BTC-PERPETUAL.raw", "book.BTC-26DEC31-90000-C.100ms", "book.ETH-PERPETUAL.agg2"] {
        let (mut last, mut book) = (Value::Null, (Side::new(), Side::new()));
        peer.subscribe(&[channel]).await;
        for step in 0..200 {
            let data = peer.note(channel).await;
            assert_eq!(data["type"], if step == 0 { "snapshot" } else { "change" }, "{channel} {step}");
            assert_eq!(data["prev_change_id"], last, "{channel} {step}");
            last = data["change_id"].clone();
            apply(&mut book.0, &data["bids"]);
            apply(&mut book.1, &data["asks"]);
        }
        peer.call("public/unsubscribe", json!({"channels": [channel]})).await;
        peer.subscribe(&[channel]).await;
        let (mut again, mut old) = ((Side::new(), Side::new()), true);
        while old {
            let data = peer.note(channel).await;
            old = data["type"] == "change";
            let target = if old { &mut book } else { &mut again };
            apply(&mut target.0, &data["bids"]);
            apply(&mut target.1, &data["asks"]);
        }
        assert_eq!(again, book, "{channel}: the changes lead to the snapshot");
        peer.call("public/unsubscribe_all", json!({})).await;
        peer.notes.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn a_skipped_change_breaks_one_chain_once() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let channels = ["book.BTC-PERPETUAL.100ms", "book.ETH-PERPETUAL.100ms"];
    peer.subscribe(&channels).await;
    let (mut last, mut holes) = (BTreeMap::<String, Value>::new(), Vec::new());
    for step in 0..100 {
        let note = peer.next().await.unwrap()["params"].take();
        let channel = note["channel"].as_str().unwrap().to_owned();
        let before = last.insert(channel.clone(), note["data"]["change_id"].clone());
        if before.is_some_and(|before| before != note["data"]["prev_change_id"]) {
            holes.push(channel);
        }
        if step == 20 {
            assert!(venue.skip_change("BTC-PERPETUAL"));
            assert!(!venue.skip_change("DOGE-PERPETUAL"));
        }
    }
    assert_eq!(holes, ["book.BTC-PERPETUAL.100ms"]);
}

#[tokio::test(start_paused = true)]
async fn trades_are_numbered_without_a_hole_at_every_pace() {
    let venue = Deribit::builder().offline().unwrap();
    for channel in ["trades.BTC-PERPETUAL.100ms", "trades.BTC-PERPETUAL.agg2", "trades.option.BTC.100ms"] {
        let mut peer = Peer::join(&venue).await;
        peer.subscribe(&[channel]).await;
        let mut last = None;
        for _ in 0..50 {
            for trade in peer.note(channel).await.as_array().unwrap() {
                let number = trade["trade_seq"].as_u64().unwrap();
                assert!(last.is_none_or(|last| number == last + 1), "{channel}: {number} after {last:?}");
                last = Some(number);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_other_channel_says_its_state_at_once_and_again() {
    let venue = Deribit::builder().offline().unwrap();
    for (channel, member) in [
        ("ticker.BTC-PERPETUAL.100ms", "current_funding"),
        ("ticker.BTC-26DEC31-90000-C.100ms", "greeks"),
        ("incremental_ticker.BTC-PERPETUAL", "type"),
        ("quote.SOL_USDC-PERPETUAL", "best_bid_amount"),
        ("book.BTC-PERPETUAL.none.10.100ms", "bids"),
        ("deribit_price_index.btc_usd", "price"),
        ("perpetual.BTC-PERPETUAL.100ms", "interest"),
    ] {
        let mut peer = Peer::join(&venue).await;
        assert_eq!(peer.subscribe(&[channel]).await["result"], json!([channel]));
        for _ in 0..2 {
            let data = peer.note(channel).await;
            assert!(!data[member].is_null(), "{channel}: {data}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn labels_are_echoed_and_first_notifications_may_overtake_the_acknowledgement() {
    let venue = Deribit::builder().early_notifications(true).offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let id = peer.start("public/subscribe", json!({"channels": ["quote.BTC-PERPETUAL"], "label": "mine"})).await;
    let (first, second) = (peer.next().await.unwrap(), peer.next().await.unwrap());
    assert_eq!(first["params"]["label"], "mine");
    assert_eq!(second["id"], id);
}

#[tokio::test(start_paused = true)]
async fn the_market_sleeps_while_nobody_listens_and_a_seed_repeats_it() {
    let listen = async |seed| {
        let venue = Deribit::builder().seed(seed).offline().unwrap();
        let mut peer = Peer::join(&venue).await;
        tokio::time::advance(Duration::from_secs(3600)).await;
        peer.subscribe(&["quote.BTC-PERPETUAL"]).await;
        let mut prices = Vec::new();
        for _ in 0..20 {
            prices.push(peer.note("quote.BTC-PERPETUAL").await["best_bid_price"].take());
        }
        prices
    };
    assert_eq!(listen(7).await, listen(7).await);
    assert_ne!(listen(7).await, listen(8).await);
}
