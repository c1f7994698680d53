//! Scenarios that outlast their clients: what is repeated for ever, who lets go of a connection, and how long a client stays away.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nova::test::{MockServer, Scenario};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{dial, failing, playing, refused, stream, text};

fn connected() -> Scenario {
    Scenario::new().connect_success()
}

#[tokio::test(start_paused = true)]
async fn what_is_repeated_for_ever_is_no_unfinished_business() {
    let server = playing(connected().drop_tcp().forever(Scenario::new().reject(503, &[])));
    let mut socket = dial(&server).await.unwrap();
    assert!(socket.next().await.unwrap().is_err());
    server.finished().await;
    for _ in 0..3 {
        refused(&server).await;
    }
    assert_eq!(server.dials(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_connection_repeats_itself_until_the_client_lets_go_of_it() {
    for closes in [true, false] {
        let server = playing(connected().forever(Scenario::new().delay(Duration::from_secs(1)).send_text("tick")));
        let mut socket = dial(&server).await.unwrap();
        for _ in 0..60 {
            assert_eq!(socket.next().await.unwrap().unwrap(), text("tick"));
        }
        if closes {
            socket.close(None).await.unwrap();
            while socket.next().await.is_some() {}
        }
        drop(socket);
        sleep(Duration::from_secs(5)).await;
        server.finished().await;
        assert_eq!(server.transcript().last().unwrap().kind, "end");
    }
}

#[tokio::test(start_paused = true)]
async fn for_ever_still_means_as_written() {
    let server = playing(Scenario::new().forever(connected().expect(json!({"op": "login"})).drop_tcp()));
    let mut first = dial(&server).await.unwrap();
    first.send(text(r#"{"op":"login"}"#)).await.unwrap();
    assert!(first.next().await.unwrap().is_err());
    let mut second = dial(&server).await.unwrap();
    second.send(text("hello")).await.unwrap();
    assert!(second.next().await.unwrap().is_err());
    let report = failing(server).await;
    assert!(report.contains("on connection 2") && report.contains(r#"JSON with {"op":"login"}"#), "{report}");
}

#[tokio::test(start_paused = true)]
async fn the_client_lets_go_with_a_close_or_without() {
    for closes in [true, false] {
        let server = playing(connected().expect_end().within(Duration::from_secs(9)));
        let mut socket = dial(&server).await.unwrap();
        if closes {
            socket.close(None).await.unwrap();
        }
        drop(socket);
        server.finished().await;
    }
    let server = playing(connected().expect_end().within(Duration::from_secs(9)));
    let _socket = dial(&server).await.unwrap();
    let report = failing(server).await;
    assert!(report.contains("expected: the end of the connection, by the client within 9s"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lingers_answers_the_close_and_stays() {
    let server = playing(connected().linger());
    let mut socket = dial(&server).await.unwrap();
    socket.close(None).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());
    let stays = timeout(Duration::from_secs(3_600), socket.next()).await;
    assert!(stays.is_err(), "the connection stays open: {stays:?}");
    drop(socket);
    server.finished().await;
    assert_eq!(server.transcript().last().unwrap().kind, "end", "and ends with the client");
}

#[tokio::test(start_paused = true)]
async fn how_long_a_client_stayed_away_is_told() {
    let server =
        playing(Scenario::new().reject(503, &[]).connect_success().drop_tcp().forever(connected().expect_end()));
    refused(&server).await;
    sleep(Duration::from_secs(3)).await;
    let mut socket = dial(&server).await.unwrap();
    assert!(socket.next().await.unwrap().is_err());
    sleep(Duration::from_millis(250)).await;
    let _socket = dial(&server).await.unwrap();
    assert_eq!(server.waits(), [Duration::from_secs(3), Duration::from_millis(250)]);
    assert_eq!(server.requests()[1].at(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_nothing_keeps_nobody_else_waiting() {
    let server = MockServer::memory();
    let _silent = stream(&server).await;
    let (peer, socket) = tokio::join!(server.accept(), dial(&server));
    assert_eq!((peer.number(), socket.is_ok()), (2, true));
}

#[tokio::test(start_paused = true)]
async fn a_peer_sees_each_frame_where_it_asks_for_frames() {
    let server = MockServer::memory();
    let (mut peer, socket) = tokio::join!(server.accept(), dial(&server));
    let mut socket = socket.unwrap();
    for message in [tokio_tungstenite::tungstenite::Message::Ping(vec![7].into()), text("a")] {
        socket.send(message).await.unwrap();
    }
    socket.close(None).await.unwrap();
    let mut kinds = Vec::new();
    while let Some(frame) = peer.next_frame().await {
        kinds.push(format!("{frame:?}"));
    }
    let found = ["Ping", "Text", "Close"].iter().zip(&kinds).all(|(kind, found)| found.starts_with(kind));
    assert!(found && kinds.len() == 3, "{kinds:?}");
}
