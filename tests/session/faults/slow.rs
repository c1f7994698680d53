//! Links and servers that are slow, deaf, or far too loud.

use std::{pin::pin, time::Duration};

use nova::{
    Error, Frame, Item, Outgoing, Patch, State, patch,
    test::fault::{Direction, Faults},
};
use serde_json::{Value, json};
use tokio::time::{Instant, advance, sleep};

use super::{Financial, faulty, last_error, ready, steps_to};
use crate::support::{secs, settle};

#[tokio::test(start_paused = true)]
async fn r009_one_byte_at_a_time_is_the_same_messages() {
    let (dialer, link, server) = faulty(Faults::new().slicer(1));
    let desk = nova::connect(Financial).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let _open = desk.items();
    for length in [0, 1, 124, 126, 3_000, 65_536] {
        let text = "ß".repeat(length / 2);
        peer.push("a", json!(text)).await;
        let Some(Item::Message(message)) = desk.next().await else { panic!("a message") };
        assert!(message.data::<String>().expect("text") == text, "{length} bytes");
        desk.send(Outgoing::json(json!({"back": text}).to_string())).await.expect("taken");
        assert!(peer.receive().await["back"] == text, "{length} bytes");
    }
    assert_eq!(link.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn r009_one_byte_at_a_time_costs_each_byte_once() {
    let (dialer, link, server) = faulty(Faults::new());
    let desk = nova::connect(Financial).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let _open = desk.items();
    link.set(Faults::new().slicer(1));
    let really = std::time::Instant::now();
    peer.push("a", json!("x".repeat(1 << 18))).await;
    assert!(matches!(desk.next().await, Some(Item::Message(_))));
    // Looked at anew with each byte, they are thirty thousand millions.
    assert!(really.elapsed() < secs(60), "{:?}", really.elapsed());
}

#[tokio::test(start_paused = true)]
async fn r009_a_message_that_takes_longer_than_the_heartbeats_patience_is_no_silence() {
    let (desk, link, _server, mut peer) = ready().await;
    let _open = desk.items();
    link.change(|faults| faults.only(Direction::Inbound, |faults| faults.bandwidth(1_024)));
    let long = "x".repeat(28 * 1_024);
    let sent = Instant::now();
    peer.push("a", json!(long)).await;
    let Some(Item::Message(message)) = desk.next().await else { panic!("a message") };
    assert!(message.data::<String>().expect("text") == long);
    assert_eq!(sent.elapsed().as_secs(), 28, "and the heartbeat's patience is 20");
    assert!(steps_to(&desk, State::Backoff).is_empty() && link.connections() == 1);
}

#[tokio::test(start_paused = true)]
async fn r010_a_server_that_stops_reading_fills_the_bound_and_is_cut_by_its_silence() {
    let (desk, link, server, peer) = ready().await;
    let _deaf = peer;
    let since = Instant::now();
    let text = json!({"fill": "x".repeat(100_000)}).to_string();
    let mut taken = 0;
    let refused = loop {
        match desk.send(Outgoing::json(text.clone())).await {
            Ok(()) => taken += text.len(),
            Err(error) => break error,
        }
        settle().await;
    };
    let Error::OutboundFull { bytes } = refused else { panic!("{refused}") };
    assert!(taken >= bytes && taken < 2 * bytes, "{taken} bytes were taken, and the bound is {bytes}");
    desk.watch().until(|state| !state.is_ready()).await.expect("it goes on");
    assert_eq!(since.elapsed(), secs(20));
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    peer.expect_silence(secs(10)).await;
    desk.send(Outgoing::json(r#"{"fresh":true}"#)).await.expect("taken");
    assert_eq!(peer.receive().await, json!({"fresh": true}), "nothing that was meant for the old link");
    drop(link);
}

#[tokio::test(start_paused = true)]
async fn r047_no_pong_but_the_awaited_one_keeps_a_link_alive() {
    let (desk, _link, _server, mut peer) = ready().await;
    let since = Instant::now();
    let mut watch = desk.watch();
    let mut lost = pin!(watch.until(|state| !state.is_ready()));
    // The server never reads, so it answers no ping; but it has pongs of every kind to offer, all the time.
    let mut number = 0_u64;
    let payloads = [Vec::new(), vec![0; 8], vec![0; 125], b"pong".to_vec()];
    while since.elapsed() < secs(60) {
        tokio::select! {
            biased;
            _ = &mut lost => break,
            () = sleep(Duration::from_millis(10)) => {
                for payload in payloads.iter().cloned().chain([number.to_be_bytes().to_vec()]) {
                    peer.0.send(Frame::Pong(payload.into())).await;
                }
                number += 1;
            }
        }
    }
    assert_eq!(since.elapsed(), secs(20));
    assert!(matches!(last_error(&desk), Error::Silent { .. }), "{:?}", last_error(&desk));
}

#[tokio::test(start_paused = true)]
async fn r070_deadlines_hold_in_a_flood_that_never_lets_the_socket_run_dry() {
    let text = Frame::text(json!({"channel": "a", "data": "x".repeat(1_000)}).to_string());
    for frame in [text, Frame::Ping(vec![0; 125].into())] {
        let (dialer, _link, server) = faulty(Faults::new());
        let patch = Patch::new().connection(patch::Connection::new().request_timeout(secs(2)));
        let desk = nova::connect(Financial).dialer(dialer).configure(patch).start().expect("started");
        let mut peer = server.ready().await;
        desk.wait_ready().await.expect("ready");
        // Time passes only where somebody lets it: here, behind bytes that are still unread.
        let flood = tokio::spawn(async move {
            loop {
                for _ in 0..64 {
                    if !peer.0.send(frame.clone()).await {
                        return;
                    }
                }
                advance(Duration::from_millis(10)).await;
            }
        });
        let asked = Instant::now();
        let error = desk.call::<Value>("never_answered", json!({})).await.expect_err("no answer");
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
        assert!((secs(2)..secs(2) + Duration::from_millis(50)).contains(&asked.elapsed()), "{:?}", asked.elapsed());
        let asked = Instant::now();
        desk.close().await;
        assert!(asked.elapsed() <= secs(5) + Duration::from_millis(50), "{:?}", asked.elapsed());
        flood.abort();
    }
}
