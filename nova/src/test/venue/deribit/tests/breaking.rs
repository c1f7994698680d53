//! Faults: the ones clients make, and the ones the venue makes on command.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::{
    io::duplex,
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Error, Message},
};

use super::peer::Peer;
use crate::test::{
    Direction,
    venue::{Credits, Deribit},
};

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_answered_by_its_fault() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let large = format!(r#"{{"id":1,"method":"public/test","params":{{"x":"{}"}}}}"#, "x".repeat(32 * 1024));
    for (frame, code) in [
        (r#"{"id":1,"method":"public/nothing"}"#, -32601),
        (r#"{"method":"public/test"}"#, -32600),
        (r#"[{"id":1,"method":"public/test"}]"#, -32600),
        (r#"{"id":1,"method":"public/test","params":[]}"#, -32602),
        ("{", -32700),
        ("7", -32600),
        (&large, -32600),
    ] {
        peer.send(frame).await;
        assert_eq!(peer.next().await.unwrap()["error"]["code"], code, "{frame:.60}");
    }
    peer.send(r#"{"id":"text","method":"public/test"}"#).await;
    assert_eq!(peer.next().await.unwrap()["id"], "text", "ids come back as they were sent");
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_end_the_session() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    for _ in 0..10 {
        assert!(peer.subscribe(&["quote.BTC-PERPETUAL"]).await["result"].is_array());
    }
    assert_eq!(peer.subscribe(&["quote.BTC-PERPETUAL"]).await["error"]["code"], 10028);
    peer.notes.clear();
    while peer.next().await.is_some() {}
    assert_eq!(venue.connections(), 0);
    let venue = Deribit::builder().credits(Credits::unlimited()).offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    for _ in 0..50 {
        assert!(peer.subscribe(&["quote.BTC-PERPETUAL"]).await["result"].is_array());
    }
}

#[tokio::test(start_paused = true)]
async fn clients_are_cut_without_and_closed_with_a_word() {
    let venue = Deribit::builder().offline().unwrap();
    let (mut one, mut two) = (Peer::join(&venue).await, Peer::join(&venue).await);
    assert_eq!(venue.cut(), 2);
    assert_eq!(venue.connections(), 0);
    for peer in [&mut one, &mut two] {
        assert!(matches!(peer.socket.next().await, Some(Err(_))), "no close frame");
    }
    let mut three = Peer::join(&venue).await;
    assert_eq!(venue.close_all(1012, "restart"), 1);
    let Some(Ok(Message::Close(Some(close)))) = three.socket.next().await else { panic!("no close frame") };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1012, "restart"));
    assert_eq!(venue.connected(), 3);
}

#[tokio::test(start_paused = true)]
async fn upgrades_are_refused_with_the_status_that_was_asked_for() {
    let venue = Deribit::builder().offline().unwrap();
    venue.refuse_connections(1, 429);
    for (url, status) in [(venue.url(), 429), ("ws://venue.test/elsewhere", 404)] {
        let (near, far) = duplex(1024);
        venue.serve(far);
        let Err(Error::Http(refusal)) = client_async(url, near).await else { panic!("{url} was not refused") };
        assert_eq!(refusal.status().as_u16(), status);
    }
    Peer::join(&venue).await;
}

#[tokio::test(start_paused = true)]
async fn replies_are_lost_delayed_and_stalled_on_command() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    venue.drop_next_reply();
    let lost = peer.start("public/test", json!({})).await;
    assert_ne!(peer.call("public/test", json!({})).await["id"], lost);
    assert!(peer.notes.is_empty(), "the lost reply never came");

    venue.delay_replies(Duration::from_secs(3));
    let asked = Instant::now();
    peer.call("public/test", json!({})).await;
    assert_eq!(asked.elapsed().as_secs(), 3);
    venue.delay_replies(Duration::ZERO);

    venue.stall(true);
    peer.start("public/subscribe", json!({"channels": ["quote.BTC-PERPETUAL"]})).await;
    assert_eq!(peer.next().await, None, "nothing for five minutes");
    assert_eq!(venue.subscribed(), ["quote.BTC-PERPETUAL"], "it was carried out");
    venue.stall(false);
    assert_eq!(peer.next().await.unwrap()["params"]["channel"], "quote.BTC-PERPETUAL");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_dropped_as_too_slow() {
    let venue = Deribit::builder().offline().unwrap();
    let (near, far) = duplex(1024);
    venue.serve(far);
    let mut peer = Peer::over(near, &venue).await;
    peer.subscribe(&["book.BTC-PERPETUAL.100ms"]).await;
    tokio::time::sleep(Duration::from_secs(1_000)).await;
    assert_eq!(venue.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_transcript_tells_both_directions_in_order() {
    let venue = Deribit::builder().offline().unwrap();
    Peer::join(&venue).await;
    let mut peer = Peer::join(&venue).await;
    peer.call("public/hello", json!({"client_name": "n", "client_version": "1"})).await;
    let lines = venue.transcript();
    let told: Vec<_> = lines.iter().map(|line| (line.connection, line.direction)).collect();
    assert_eq!(told[told.len() - 2..], [(2, Direction::In), (2, Direction::Out)]);
    assert_eq!(lines.last().unwrap().json()["result"]["version"], "1.2.26");
    assert_eq!(venue.requests("public/hello"), [json!({"client_name": "n", "client_version": "1"})]);
}

#[tokio::test]
async fn over_tcp_it_answers_and_ends_with_its_value() {
    let venue = Deribit::start().await.unwrap();
    let address = venue.url().strip_prefix("ws://").unwrap().split('/').next().unwrap().to_owned();
    let mut peer = Peer::over(TcpStream::connect(&address).await.unwrap(), &venue).await;
    assert!(peer.call("public/get_instruments", json!({"currency": "BTC"})).await["result"][0]["tick_size"].is_f64());
    for _ in 0..10 {
        peer.subscribe(&["quote.BTC-PERPETUAL"]).await;
    }
    let refused: Value = peer.subscribe(&["quote.BTC-PERPETUAL"]).await;
    assert_eq!(refused["error"]["code"], 10028, "what is written last arrives before the end");
    let mut other = Peer::over(TcpStream::connect(&address).await.unwrap(), &venue).await;
    drop(venue);
    assert!(timeout(Duration::from_secs(5), other.next()).await.unwrap().is_none());
    assert!(TcpStream::connect(&address).await.is_err());
}

#[test]
fn settings_that_cannot_be_are_named() {
    let life = |millis| Deribit::builder().token_life(Duration::from_millis(millis));
    for (builder, field) in [
        (life(0), "token_life"),
        (life(1_500), "token_life"),
        (Deribit::builder().shortest_heartbeat(Duration::ZERO), "shortest_heartbeat"),
        (Deribit::builder().tick(Duration::ZERO), "tick"),
    ] {
        let error = builder.offline().unwrap_err();
        assert!(matches!(&error, crate::Error::Config { field: named, .. } if named == field), "{error}");
    }
    assert!(matches!(Deribit::builder().offline(), Err(crate::Error::NoRuntime)));
}
