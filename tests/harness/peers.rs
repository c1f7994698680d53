//! Connections in the hands of a test.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nova::{
    Frame,
    test::{Direction, Handshake, Matcher, MockServer, Scenario},
};
use serde_json::json;

use crate::support::{dial, panic_of, refused, text};

#[tokio::test(start_paused = true)]
async fn a_connection_by_hand() {
    use Direction::{In, Out};

    let server = MockServer::memory();
    let venue = async {
        let attempt = server.attempt().await;
        assert_eq!((attempt.number(), attempt.request().path()), (1, "/feed"));
        assert!(attempt.answer(Handshake::reject(503)).await.is_none());
        let mut peer = server.accept().await;
        assert_eq!(peer.number(), 2);
        let login = peer.answer(json!({"op": "login"}), |login| json!({"id": login["id"]})).await;
        assert_eq!(login["id"], 7);
        assert_eq!(peer.expect(Matcher::regex("^sub")).await, Frame::text("subscribe"));
        assert_eq!(peer.receive_json().await, json!([1]));
        peer.expect_silence(Duration::from_secs(60)).await;
        assert!(peer.send_text("tick").await && peer.send_json(1).await && peer.send_raw([0x81, 1, b'r']).await);
        peer.play(Scenario::new().ping("?").expect_pong().delay(Duration::from_secs(1)).expect("bye")).await;
        peer.rest().await;
        server.accept().await.disconnect(1001).await;
        server.accept().await.drop_tcp().await;
        server.accept().await.reset().await;
    };
    let client = async {
        refused(&server).await;
        let mut socket = dial(&server).await.unwrap();
        for message in [r#"{"op":"login","id":7}"#, "subscribe", "[1]"] {
            socket.send(text(message)).await.unwrap();
        }
        for message in [r#"{"id":7}"#, "tick", "1", "r"] {
            assert_eq!(socket.next().await.unwrap().unwrap(), text(message));
        }
        assert!(socket.next().await.unwrap().unwrap().is_ping());
        socket.send(text("bye")).await.unwrap();
        socket.close(None).await.unwrap();
        while socket.next().await.is_some() {}
        for _ in 0..3 {
            let mut socket = dial(&server).await.unwrap();
            while socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        }
    };
    tokio::join!(venue, client);
    let of_second: Vec<_> = server.transcript().into_iter().filter(|line| line.connection == 2).collect();
    let kinds: Vec<_> = of_second.iter().map(|line| (line.direction, line.kind)).collect();
    let expected = [
        (In, "upgrade"),
        (Out, "status"),
        (In, "text"),
        (Out, "text"),
        (In, "text"),
        (In, "text"),
        (Out, "text"),
        (Out, "text"),
        (Out, "raw"),
        (Out, "ping"),
        // This client's pong leaves behind what it writes next.
        (In, "text"),
        (In, "pong"),
        (In, "close"),
        (Out, "close"),
        (Out, "end"),
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_meets_something_else_says_what() {
    let server = MockServer::memory();
    let mut socket = tokio::spawn({
        let stream = crate::support::stream_owned(server.dialer());
        async move {
            let (socket, _) = tokio_tungstenite::client_async("ws://mock.test/", stream.await.unwrap()).await.unwrap();
            socket
        }
    });
    let mut peer = server.accept().await;
    let socket = (&mut socket).await.unwrap();
    let mut socket = socket;
    socket.send(text("another")).await.unwrap();
    let report = panic_of(tokio::spawn(async move { peer.expect("one").await })).await;
    assert!(report.contains(r#"expected: the text "one""#) && report.contains("came:     text another"), "{report}");
}
