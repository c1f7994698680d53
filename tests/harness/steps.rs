//! Each step and each matcher, seen by a client that does nothing on its own.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nova::{
    Frame,
    test::{Matcher, Scenario},
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::support::{dial, failing, playing, text};

fn connected() -> Scenario {
    Scenario::new().connect_success()
}

#[tokio::test(start_paused = true)]
async fn frames_are_sent_whole_in_pieces_and_after_a_delay() {
    let server = playing(
        connected()
            .send_text("a")
            .send_json(json!({"b": 1}))
            .send_frame(Frame::binary(vec![0xff; 70_000]))
            .send_fragmented(Frame::text("fragmented"), 4)
            .send_fragmented(Frame::text(""), 4)
            .delay(Duration::from_secs(5))
            .send_raw([0x81, 0x01, b'r'])
            .repeat(2, Scenario::new().send_text("again").include(Scenario::new().send_text("and"))),
    );
    let (mut socket, start) = (dial(&server).await.unwrap(), Instant::now());
    let expected = [
        text("a"),
        text(r#"{"b":1}"#),
        Message::binary(vec![0xff; 70_000]),
        text("fragmented"),
        text(""),
        text("r"),
        text("again"),
        text("and"),
        text("again"),
        text("and"),
    ];
    for message in expected {
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn connections_end_as_the_script_says() {
    let lost = |error: &Error| matches!(error, Error::Protocol(_));
    let reset =
        |error: &Error| matches!(error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionReset);

    let server = playing(connected().send_text("last").disconnect_with(4001, "so it is"));
    let mut socket = dial(&server).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), text("last"));
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else { panic!("no close") };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4001, "so it is"));
    assert!(socket.next().await.is_none());
    server.finished().await;

    let server = playing(connected().disconnect(1005));
    let mut socket = dial(&server).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Close(None));
    assert!(socket.next().await.is_none());
    server.finished().await;

    let server = playing(connected().send_text("last").drop_tcp());
    let mut socket = dial(&server).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), text("last"));
    assert!(lost(&socket.next().await.unwrap().unwrap_err()));
    server.finished().await;

    let server = playing(connected().reset());
    let mut socket = dial(&server).await.unwrap();
    let error = socket.next().await.unwrap().unwrap_err();
    assert!(reset(&error), "{error:?}");
    server.finished().await;

    let server = playing(connected().blackhole());
    let mut socket = dial(&server).await.unwrap();
    socket.send(text("anybody?")).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(86_400), socket.next()).await.is_err(), "an end");
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn the_client_may_let_go_first_where_the_script_says_so() {
    let server = playing(connected().expect_close(1000).expect_reconnect().connect_success());
    let mut socket = dial(&server).await.unwrap();
    let normal = tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() };
    socket.close(Some(normal)).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(Some(close)))) if u16::from(close.code) == 1000));
    assert!(socket.next().await.is_none(), "the server's end follows");
    let _second = dial(&server).await.unwrap();
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_on_both_sides() {
    let server = playing(connected().ping("1").expect_pong().ping("2").expect_pong().expect("end"));
    let mut socket = dial(&server).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Ping(Bytes::from("1")));
    // Asking for more sends the answer.
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Ping(Bytes::from("2")));
    socket.send(Message::Ping(Bytes::from("3"))).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong(Bytes::from("3")));
    socket.send(text("end")).await.unwrap();
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn replies_are_made_of_what_they_answer() {
    let server = playing(
        connected()
            .answer_requests(|request| (request["op"] == "time").then(|| json!({"id": request["id"], "now": 7})))
            .ignore(Matcher::path("/op", "heartbeat"))
            .expect(json!({"op": "login"}))
            .reply_with(|login| json!({"id": login["id"], "ok": true}))
            .expect(Matcher::binary([1, 2]))
            .reply_frame(|frame| Frame::binary(frame.payload().iter().rev().copied().collect::<Vec<_>>())),
    );
    let mut socket = dial(&server).await.unwrap();
    for request in [json!({"op": "time", "id": 1}), json!({"op": "heartbeat"}), json!({"op": "login", "id": 2})] {
        socket.send(text(&request.to_string())).await.unwrap();
    }
    socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    let answers = [text(r#"{"id":1,"now":7}"#), text(r#"{"id":2,"ok":true}"#), Message::binary(vec![3, 2, 1])];
    for answer in answers {
        assert_eq!(socket.next().await.unwrap().unwrap(), answer);
    }
    server.finished().await;
    socket.send(text(r#"{"op":"time","id":3}"#)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), text(r#"{"id":3,"now":7}"#), "rules outlive the last step");
}

#[tokio::test(start_paused = true)]
async fn what_comes_during_a_delay_waits_for_its_step() {
    let server = playing(connected().delay(Duration::from_secs(9)).expect("early").expect("later"));
    let mut socket = dial(&server).await.unwrap();
    socket.send(text("early")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    socket.send(text("later")).await.unwrap();
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn side_by_side_and_in_any_order() {
    let ticks = Scenario::new().repeat(3, Scenario::new().delay(Duration::from_secs(1)).send_text("tick"));
    let asks = Scenario::new().expect("a").reply_frame(|_| Frame::text("A")).expect("b");
    let server = playing(connected().parallel([ticks, asks]).any_order(["x", "y", "z"]).send_text("done"));
    let mut socket = dial(&server).await.unwrap();
    for word in ["a", "b"] {
        socket.send(text(word)).await.unwrap();
    }
    for word in ["A", "tick", "tick", "tick"] {
        assert_eq!(socket.next().await.unwrap().unwrap(), text(word));
    }
    for word in ["z", "x", "y"] {
        socket.send(text(word)).await.unwrap();
    }
    assert_eq!(socket.next().await.unwrap().unwrap(), text("done"));
    server.finished().await;

    // The branch that ends the connection ends the others.
    let cut = Scenario::new().delay(Duration::from_secs(2)).drop_tcp();
    let server = playing(
        connected().parallel([Scenario::new().delay(Duration::MAX / 4), cut]).expect_reconnect().connect_success(),
    );
    let mut socket = dial(&server).await.unwrap();
    assert!(socket.next().await.unwrap().is_err());
    let _second = dial(&server).await.unwrap();
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn matchers_take_what_they_name_and_nothing_else() {
    let object = json!({"op": "subscribe", "args": ["a", {"depth": 5, "raw": true}]});
    let json = |value: &Value| Frame::text(value.to_string());
    let table: Vec<(Matcher, Frame, Frame)> = vec![
        (Matcher::any(), Frame::text(""), Frame::Pong(Bytes::new())),
        ("exactly".into(), Frame::text("exactly"), Frame::text("exactly ")),
        (json!({"op": "subscribe"}).into(), json(&object), json(&json!({"op": "unsubscribe"}))),
        (json!({"args": ["a", {"depth": 5}]}).into(), json(&object), json(&json!({"args": ["a", {"depth": 5}, 1]}))),
        (json!({"op": null}).into(), Frame::text(r#"{"op":null}"#), Frame::text("{}")),
        (Matcher::path("/args/1/depth", 5), json(&object), Frame::text(r#"{"args":[1]}"#)),
        (Matcher::path("", 7), Frame::text("7"), Frame::text("8")),
        (Matcher::regex("^ping [0-9]+$"), Frame::text("ping 12"), Frame::text("ping x")),
        (Matcher::binary([0x1f, 0x8b]), Frame::binary(vec![0x1f, 0x8b, 8]), Frame::binary(vec![0x1f])),
        (Matcher::binary([]), Frame::binary(vec![]), Frame::text("")),
        (Matcher::when("short", |frame| frame.len() < 3), Frame::text("ab"), Frame::text("abc")),
    ];
    for (matcher, taken, refused) in table {
        for (frame, takes) in [(taken, true), (refused, false)] {
            let server = playing(connected().expect(matcher.clone()));
            let mut socket = dial(&server).await.unwrap();
            let message = match &frame {
                Frame::Text(text) => Message::text(text.as_str()),
                Frame::Binary(bytes) => Message::Binary(bytes.clone()),
                _ => Message::Pong(Bytes::new()),
            };
            socket.send(message).await.unwrap();
            if takes {
                server.finished().await;
            } else {
                let report = failing(server).await;
                assert!(report.contains(&matcher.to_string()), "{matcher}: {report}");
            }
        }
    }
}
