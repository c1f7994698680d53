//! A peer that breaks the protocol is told so on the wire, in every state; then the client comes back, and rests at the third time.

use std::time::Duration;

use nova::{
    Cause, Circuit, Client, CloseCode, Closed, Credentials, Error, Event, Frame, Handle, Item, State, Trip,
    test::{MockServer, Peer},
};
use tokio::io::AsyncWriteExt;

use crate::raw::{close, frame, read_masked, ready};

/// Small enough for messages of any size to be told in a table.
#[nova::client(platform = "echo", profile = "financial", connection(max_frame = 1000, max_message = 1500))]
struct Strict;

#[nova::client(platform = "deribit", profile = "financial")]
struct Desk;

/// The code of the next close frame; pongs and messages before it are as they should be.
async fn close_code(peer: &mut Peer) -> Option<u16> {
    loop {
        match peer.next_frame().await? {
            Frame::Close(close) => return Some(close.map_or(1005, |close| close.code.0)),
            Frame::Text(_) | Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_) => {}
        }
    }
}

/// What ended the last connection.
fn last_error<C: Client>(client: &Handle<C>) -> Error {
    let lost = client.history().into_iter().rfind(|step| matches!(step.to, State::Backoff | State::Suspended));
    match &*lost.expect("a loss").cause {
        Cause::Error(error) => error.clone(),
        other => panic!("{other}"),
    }
}

fn is_breach(error: &Error, expected: u16) -> bool {
    matches!(error, Error::Protocol { code, .. } if code.0 == expected)
}

/// Sends a good message and the bad bytes right behind it: the first is delivered, the second answered with the code, and the client
/// comes back by itself.
async fn closes_with(bad: &[u8], code: u16, what: &str) {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut peer = server.accept().await;
    client.wait_ready().await.unwrap();
    let _open = client.items();
    assert!(peer.send_raw([&frame(0x81, b"good"), bad].concat()).await, "{what}");
    assert_eq!(close_code(&mut peer).await, Some(code), "{what}");
    assert_eq!(peer.next_frame().await, None, "{what}: nothing follows, and the client hangs up");
    let Some(Item::Message(good)) = client.next().await else { panic!("{what}: no message") };
    assert_eq!(good.text(), Some("good"), "{what}");
    let error = last_error(&client);
    assert!(is_breach(&error, code), "{what}: {error}");
    let mut again = server.accept().await;
    client.wait_ready().await.unwrap();
    assert!(again.send_text("again").await);
    let item = client.next().await.and_then(Item::message);
    assert_eq!(item.as_ref().and_then(|message| message.text()), Some("again"), "{what}: {item:?}");
    again.drop_tcp().await;
    client.abort();
}

#[tokio::test(start_paused = true)]
async fn r040_broken_framing_is_answered_with_1002_and_the_client_comes_back() {
    let mut masked = frame(0x81, b"");
    masked[1] |= 0x80;
    let table = [
        (masked, "a masked frame"),
        (frame(0xC1, b"x"), "RSV1"),
        (frame(0xA1, b"x"), "RSV2"),
        (frame(0x91, b"x"), "RSV3"),
        (frame(0x83, b"x"), "opcode 3"),
        (frame(0x8F, b""), "opcode 15"),
        (frame(0x89, &[b'x'; 126]), "a ping of 126 bytes"),
        (frame(0x09, b"x"), "a ping in fragments"),
        (frame(0x08, b""), "a close frame in fragments"),
        (frame(0x80, b"x"), "a continuation of nothing"),
        ([frame(0x01, b"x"), frame(0x81, b"y")].concat(), "a message inside another"),
    ];
    for (bad, what) in table {
        closes_with(&bad, 1002, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r040_control_frames_between_fragments_are_legal_and_keep_their_order() {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut peer = server.accept().await;
    client.wait_ready().await.unwrap();
    let _open = client.items();
    let bytes = [
        frame(0x01, b"a"),
        frame(0x89, b"1"),
        frame(0x00, b"b"),
        frame(0x8A, b""),
        frame(0x80, b"c"),
        frame(0x81, b"d"),
    ];
    assert!(peer.send_raw(bytes.concat()).await);
    for expected in ["abc", "d"] {
        let Some(Item::Message(message)) = client.next().await else { panic!("no message") };
        assert_eq!(message.text(), Some(expected));
    }
    assert_eq!(peer.next_frame().await, Some(Frame::Pong("1".into())));
    assert_eq!(client.state(), State::Ready { missing: 0 });
}

#[tokio::test(start_paused = true)]
async fn r041_text_that_is_not_utf8_is_answered_with_1007() {
    let table = [
        (frame(0x81, b"\xff"), "whole"),
        (frame(0x81, b"\xed\xa0\x80"), "a surrogate"),
        ([frame(0x01, b"\xe2\x82"), frame(0x80, b"x")].concat(), "split in a code point"),
        ([frame(0x01, b"\xe2"), frame(0x80, b"")].concat(), "never completed"),
        (close(1000, b"\xff\xff"), "in a close reason"),
    ];
    for (bad, what) in table {
        closes_with(&bad, 1007, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r042_lengths_out_of_bounds_are_answered_with_1002_or_1009_by_the_header_alone() {
    let table: [(Vec<u8>, u16, &str); 6] = [
        ([&[0x82, 127][..], &(1u64 << 63).to_be_bytes()].concat(), 1002, "length 2^63"),
        ([&[0x82, 127][..], &100u64.to_be_bytes()].concat(), 1002, "100 in eight bytes"),
        ([&[0x82, 126][..], &100u16.to_be_bytes()].concat(), 1002, "100 in two bytes"),
        ([&[0x82, 127][..], &(1u64 << 62).to_be_bytes()].concat(), 1009, "length 2^62"),
        ([&[0x82, 126][..], &1001u16.to_be_bytes()].concat(), 1009, "one over max_frame"),
        ([frame(0x02, &[0; 1000]), vec![0x80, 126, 0x01, 0xf5]].concat(), 1009, "one over max_message"),
    ];
    for (bad, code, what) in table {
        closes_with(&bad, code, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r048_close_frames_that_break_a_rule_are_answered_with_its_code() {
    let table = [
        (frame(0x88, b"x"), 1002, "one byte"),
        (close(1000, &[b'x'; 124]), 1002, "126 bytes"),
        (close(1000, b"\xc3("), 1007, "a reason that is not UTF-8"),
        (close(5000, b""), 1002, "a code of 5000"),
        (close(65_535, b""), 1002, "a code of 65535"),
    ];
    for (bad, code, what) in table {
        closes_with(&bad, code, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r048_what_comes_behind_a_close_frame_is_ignored() {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut peer = server.accept().await;
    client.wait_ready().await.unwrap();
    let _open = client.items();
    // Neither the message, nor the second close frame, nor what would break a rule.
    let behind = [frame(0x81, b"late"), close(4000, b"second"), frame(0x83, b"x")].concat();
    assert!(peer.send_raw([close(1001, b"first"), behind].concat()).await);
    assert_eq!(close_code(&mut peer).await, Some(1001));
    assert_eq!(peer.next_frame().await, None);
    let mut again = server.accept().await;
    client.wait_ready().await.unwrap();
    assert!(again.send_text("again").await);
    let Some(Item::Message(message)) = client.next().await else { panic!("no message") };
    assert_eq!(message.text(), Some("again"));
    assert!(matches!(last_error(&client), Error::Closed { code: CloseCode::AWAY, .. }));
}

#[tokio::test(start_paused = true)]
async fn r056_close_codes_that_may_not_be_on_the_wire_are_answered_with_1002() {
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999] {
        closes_with(&close(code, b""), 1002, &code.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r056_a_server_that_misses_an_extension_is_echoed_and_dialled_again() {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut peer = server.accept().await;
    client.wait_ready().await.unwrap();
    assert!(peer.send_raw(close(1010, b"")).await);
    assert_eq!(close_code(&mut peer).await, Some(1010));
    drop(peer);
    let _again = server.accept().await;
    client.wait_ready().await.unwrap();
    assert!(matches!(last_error(&client), Error::Closed { code: CloseCode::EXTENSION, .. }));
}

#[tokio::test(start_paused = true)]
async fn a_violation_is_answered_in_every_state_that_has_a_connection() {
    for (state, logs_in) in [("authenticating", true), ("restoring", false)] {
        let server = MockServer::memory();
        let connect = server.connect(Desk);
        let connect = if logs_in { connect.credentials(Credentials::key("id", "secret")) } else { connect };
        let desk = connect.start().unwrap();
        let mut peer = server.accept().await;
        // The login, or the heartbeat that the venue is asked for: nobody answers it.
        let _request = peer.receive().await;
        assert_eq!(desk.state().name(), state);
        assert!(peer.send_raw(frame(0x83, b"x")).await);
        assert_eq!(close_code(&mut peer).await, Some(1002), "{state}");
        drop(peer);
        let again = server.accept().await;
        assert!(is_breach(&last_error(&desk), 1002), "{state}");
        desk.abort();
        again.rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_violation_behind_our_close_gets_no_second_close_and_the_end_is_unclean() {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut peer = server.accept().await;
    client.wait_ready().await.unwrap();
    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close().await }
    });
    while client.state() != State::Closing {
        tokio::task::yield_now().await;
    }
    // Its bytes are on their way before the client's close is read and answered.
    assert!(peer.send_raw(frame(0x83, b"x")).await);
    assert_eq!(close_code(&mut peer).await, Some(1000));
    assert_eq!(peer.next_frame().await, None);
    assert_eq!(closing.await.unwrap(), Closed::Unclean);
}

#[tokio::test(start_paused = true)]
async fn r040_a_peer_that_reads_late_finds_the_close_frame_behind_what_was_sent_before() {
    let (client, mut stream) = ready(nova::connect(Strict), 64).await;
    client.send("x".repeat(1024)).await.unwrap();
    // It is on its way, as far as the link takes it.
    tokio::time::sleep(Duration::from_millis(1)).await;
    stream.write_all(&frame(0x83, b"x")).await.unwrap();
    client.watch().until(|state| state == State::Backoff).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(read_masked(&mut stream).await.unwrap().payload.len(), 1024);
    let last = read_masked(&mut stream).await.unwrap();
    assert_eq!((last.opcode, &last.payload[..2]), (8, &1002_u16.to_be_bytes()[..]));
}

#[tokio::test(start_paused = true)]
async fn r040_the_third_violation_within_five_minutes_suspends_the_client() {
    let server = MockServer::memory();
    let client = server.connect(Strict).start().unwrap();
    let mut events = client.events();
    for _ in 0..3 {
        let mut peer = server.accept().await;
        client.wait_ready().await.unwrap();
        assert!(peer.send_raw(frame(0x83, b"x")).await);
        assert_eq!(close_code(&mut peer).await, Some(1002));
        peer.rest().await;
    }
    client.watch().until(|state| state == State::Suspended).await.unwrap();
    assert!(is_breach(&last_error(&client), 1002));
    let circuits = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Breaker(circuit) = event { Some(circuit) } else { None });
    assert_eq!(circuits.collect::<Vec<_>>(), [Circuit::Open(Trip::Violations)]);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(server.dials(), 3, "it rests");
    let peer = server.accept().await;
    client.wait_ready().await.unwrap();
    client.abort();
    peer.rest().await;
}
