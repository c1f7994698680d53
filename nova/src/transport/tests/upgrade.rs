//! The opening handshake against servers that answer with chosen bytes.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{next, server_frame};
use crate::{
    error::{Error, Result},
    frame::Frame,
    transport::{Answered, BoxStream, Endpoint, Limits, Upgrade, Upgraded, Ws, upgrade},
};

const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";

/// 1994-11-06 08:49:37 UTC.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

async fn read_request(far: &mut DuplexStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(far.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

fn accept_of(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
    derive_accept_key(key.as_bytes())
}

/// Upgrades against a server that answers `answer`, with `{accept}` filled in, in pieces of `piece` bytes, and then hangs up or not.
///
/// # Panics
/// Where the client says more than its request.
async fn answered(
    answer: &[u8],
    piece: usize,
    hang_up: bool,
    request: Upgrade,
) -> (Result<Upgraded>, BoxStream, String) {
    let (near, mut far) = tokio::io::duplex(256 * 1024);
    let answer = answer.to_vec();
    let server = tokio::spawn(async move {
        let request = read_request(&mut far).await;
        let text: Vec<u8> = match answer.windows(8).position(|window| window == b"{accept}") {
            Some(at) => [&answer[..at], accept_of(&request).as_bytes(), &answer[at + 8..]].concat(),
            None => answer,
        };
        for piece in text.chunks(piece) {
            // The client may have seen enough and hung up.
            let _ = far.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        (request, (!hang_up).then_some(far))
    });
    let mut stream: BoxStream = Box::new(near);
    let endpoint = Endpoint::parse("wss://venue.test/ws?key=k-123").unwrap();
    let result = upgrade(&mut stream, &endpoint, &request, now()).await.and_then(Answered::upgraded);
    let (request, far) = server.await.unwrap();
    if let Some(mut far) = far {
        let more = poll_fn(|cx| Poll::Ready(pin!(far.read_u8()).poll(cx))).await;
        assert!(more.is_pending(), "the client said more: {more:?}");
    }
    (result, stream, request)
}

async fn answer(text: &str) -> Result<Upgraded> {
    answered(text.as_bytes(), usize::MAX, false, Upgrade::default()).await.0
}

fn with(lines: &str) -> String {
    format!("{GOOD}{lines}\r\n")
}

fn offering(subprotocols: &[&str]) -> Upgrade {
    Upgrade { subprotocols: subprotocols.iter().map(ToString::to_string).collect(), ..Upgrade::default() }
}

#[tokio::test(start_paused = true)]
async fn the_request_says_what_the_rfc_asks_for() {
    let extra = Upgrade {
        headers: vec![("Authorization".to_owned(), "Bearer k-456".into())],
        subprotocols: vec!["a".to_owned(), "b".to_owned()],
    };
    assert!(!format!("{extra:?}").contains("k-456"));
    let (result, _, request) =
        answered(with("Sec-WebSocket-Protocol: b\r\n").as_bytes(), usize::MAX, false, extra).await;
    let upgraded = result.unwrap();
    assert_eq!(upgraded.subprotocol.as_deref(), Some("b"));
    assert!(
        request.starts_with("GET /ws?key=k-123 HTTP/1.1\r\nHost: venue.test\r\nUpgrade: websocket\r\n"),
        "{request}"
    );
    for line in [
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: a, b",
        "Authorization: Bearer k-456",
    ] {
        assert_eq!(request.lines().filter(|have| *have == line).count(), 1, "{line}");
    }
    assert_eq!(request.matches("User-Agent: nova/").count(), 1);
    let (_, _, again) = answered(with("").as_bytes(), usize::MAX, false, Upgrade::default()).await;
    assert_ne!(accept_of(&request), accept_of(&again), "the key is random");
}

#[tokio::test(start_paused = true)]
async fn r088_a_bad_header_or_subprotocol_never_reaches_the_wire() {
    let bad = [
        Upgrade { headers: vec![("Host".to_owned(), "k-456".into())], ..Upgrade::default() },
        Upgrade { headers: vec![("X".to_owned(), "a\r\nb".into())], ..Upgrade::default() },
        offering(&["a\r\nb"]),
    ];
    for request in bad {
        let (near, mut far) = tokio::io::duplex(1024);
        let mut stream: BoxStream = Box::new(near);
        let endpoint = Endpoint::parse("ws://venue.test/").unwrap();
        let error = upgrade(&mut stream, &endpoint, &request, now()).await.map(|_| ()).expect_err("refused");
        assert!(matches!(error, Error::Config { .. }), "{error}");
        drop(stream);
        assert_eq!(far.read(&mut [0; 16]).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn r030_connection_is_a_list_over_any_number_of_lines() {
    for connection in
        ["Connection: keep-alive, Upgrade", "Connection: keep-alive\r\nConnection: UPGRADE", "connection:upgrade"]
    {
        let text = with("").replace("Connection: Upgrade", connection);
        answer(&text).await.expect(connection);
    }
}

#[tokio::test(start_paused = true)]
async fn r029_an_answer_that_does_not_agree_is_refused() {
    let table = [
        ("Upgrade: websocket\r\n", "", "Upgrade: websocket"),
        ("Upgrade: websocket\r\n", "Upgrade: h2c\r\n", "Upgrade: websocket"),
        ("Upgrade: websocket\r\n", "Upgrade: websocket\r\nUpgrade: h2c\r\n", "Upgrade: websocket"),
        ("Connection: Upgrade\r\n", "", "Connection"),
        ("Connection: Upgrade\r\n", "Connection: keep-alive\r\n", "Connection"),
        ("Sec-WebSocket-Accept: {accept}\r\n", "", "Accept"),
        ("{accept}", "c3VyZWx5IHdyb25nIGtleSE=", "Accept"),
        ("{accept}", "{accept}x", "Accept"),
    ];
    for (good, bad, why) in table {
        refused(&with("").replace(good, bad), why, Upgrade::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r034_malformed_heads_are_refused() {
    let table = [
        (with("").replace("HTTP/1.1", "HTTP/1.0"), "HTTP/1.0"),
        (with("Sec-WebSocket-Accept: {accept}\r\n"), "Accept"),
        (with("X-Long: a\r\n b\r\n"), "malformed"),
        (with("X-Nul: a\0b\r\n"), "malformed"),
        (with("X Space: a\r\n"), "malformed"),
        (with(&"X: y\r\n".repeat(130)), "128 headers"),
        (with(&format!("X: {}\r\n", "y".repeat(70 * 1024))), "64 KiB"),
        ("SSH-2.0-OpenSSH_9.9\r\n".to_owned(), "not HTTP/1.1"),
        ("HTTP/2 101 Switching\r\n\r\n".to_owned(), "not HTTP/1.1"),
        (format!("{}{}", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(6), with("")), "interim"),
    ];
    for (text, why) in table {
        refused(&text, why, Upgrade::default()).await;
    }
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(5);
    for piece in [1, 7, usize::MAX] {
        answered(format!("{early}{}", with("")).as_bytes(), piece, false, Upgrade::default()).await.0.expect("skipped");
    }
}

#[tokio::test(start_paused = true)]
async fn r031_what_was_not_offered_is_refused_and_what_was_must_be_answered() {
    refused(&with("Sec-WebSocket-Extensions: permessage-deflate\r\n"), "extension", Upgrade::default()).await;
    refused(&with("Sec-WebSocket-Protocol: a\r\n"), "not offered", Upgrade::default()).await;
    refused(&with("Sec-WebSocket-Protocol: A\r\n"), "not offered", offering(&["a"])).await;
    refused(
        &with("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n"),
        "more than one",
        offering(&["a", "b"]),
    )
    .await;
    refused(&with(""), "none of the subprotocols", offering(&["a"])).await;
    // An empty list chooses nothing.
    answer(&with("Sec-WebSocket-Extensions:\r\n")).await.expect("no extension");
}

async fn refused(text: &str, why: &str, request: Upgrade) {
    let error = answered(text.as_bytes(), usize::MAX, false, request).await.0.expect_err(text);
    assert!(matches!(&error, Error::Upgrade { reason } if reason.contains(why)), "{text:?}: {error}");
}

#[tokio::test(start_paused = true)]
async fn r035_frames_in_the_segment_of_the_answer_are_delivered() {
    let frames = [server_frame(0x81, b"one"), server_frame(0x82, &[7; 3000]), server_frame(0x81, b"three")].concat();
    let text = [with("").as_bytes(), &frames].concat();
    for piece in [1, 100, usize::MAX] {
        let (result, stream, _) = answered(&text, piece, true, Upgrade::default()).await;
        let mut ws = Ws::new(stream, result.unwrap().rest, Limits::default());
        assert_eq!(next(&mut ws).await.unwrap(), Frame::text("one"));
        assert_eq!(next(&mut ws).await.unwrap(), Frame::binary(vec![7; 3000]));
        assert_eq!(next(&mut ws).await.unwrap(), Frame::text("three"));
        assert!(matches!(next(&mut ws).await, Err(Error::Lost { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn r025_redirects_are_told_without_secrets_and_not_followed() {
    let table = [
        ("wss://other.test/ws?key=k-123", "wss://other.test/ws"),
        ("https://user:k-123@other.test/ws#k-123", "https://other.test/ws"),
        ("/login?k-123", "/login"),
    ];
    for status in [301, 302, 303, 307, 308] {
        for (target, shown) in table {
            let error =
                answer(&format!("HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n")).await;
            match error.expect_err("refused") {
                Error::Rejected { status: have, location, .. } => {
                    assert_eq!((have, location.as_deref()), (status, Some(shown)));
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r024_a_refusal_tells_how_long_to_wait() {
    let table = [
        ("Retry-After: 7", Some(7)),
        ("Retry-After: Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
        ("Retry-After: 1000000000000", Some(300)),
        ("Retry-After: -1", None),
        ("Retry-After: soon", None),
        ("X-Nothing: 1", None),
    ];
    for (line, seconds) in table {
        match answer(&format!("HTTP/1.1 503 Busy\r\n{line}\r\nContent-Length: 4\r\n\r\nbusy")).await {
            Err(Error::Rejected { status: 503, body, retry_after, .. }) => {
                assert_eq!((&*body, retry_after), ("busy", seconds.map(Duration::from_secs)), "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r095_a_refusal_tells_how_far_the_servers_clock_is_off() {
    // This machine's clock is at 08:49:37.
    let table = [
        ("Date: Sun, 06 Nov 1994 09:49:37 GMT", Some(3_600_000)),
        ("Date: Sun, 06 Nov 1994 08:48:37 GMT", Some(-60_000)),
        ("Date: Sun, 06 Nov 1994 08:49:39 GMT", None),
        ("Date: Sun, 06 Nov 1994 08:49:35 GMT", None),
        ("Date: yesterday", None),
        ("X-Nothing: 1", None),
    ];
    for (line, told) in table {
        match answer(&format!("HTTP/1.1 401 No\r\n{line}\r\nContent-Length: 0\r\n\r\n")).await {
            Err(Error::Rejected { status: 401, offset_ms, .. }) => assert_eq!(offset_ms, told, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r033_the_body_of_a_refusal_is_bounded_escaped_never_inflated_and_never_waited_for_long() {
    let json = r#"{"error":"no"}"#;
    let big = "x".repeat(200 * 1024);
    let kept = "x".repeat(64 * 1024);
    let table: [(String, &str); 8] = [
        (format!("Content-Length: 14\r\n\r\n{json}and more"), json),
        (format!("Content-Length: 999\r\n\r\n{json}"), json),
        (format!("\r\n{json}"), json),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"err\r\n9\r\nor\":\"no\"}\r\n0\r\n\r\n".to_owned(), json),
        (format!("Transfer-Encoding: chunked\r\n\r\nE;x=y\r\n{json}"), json),
        (format!("Content-Length: 204800\r\n\r\n{big}"), &kept),
        (format!("\r\n{big}"), &kept),
        ("Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x08\x1b[".to_owned(), "\\u{1f}\\u{8}\\u{1b}["),
    ];
    for (rest, expected) in &table {
        for piece in [1000, usize::MAX] {
            let text = format!("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n{rest}");
            match answered(text.as_bytes(), piece, false, Upgrade::default()).await.0 {
                Err(Error::Rejected { status: 400, body, .. }) => {
                    assert!(*body == **expected, "{}: {}", &rest[..30], &body[..body.len().min(100)]);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// What becomes of an upgrade whose answer begins so and goes on so for ever, and how many bytes of it were taken.
async fn endless(begins: &'static str, goes_on: &'static [u8]) -> (Result<Upgraded>, usize) {
    let (near, mut far) = tokio::io::duplex(1024);
    let server = tokio::spawn(async move {
        read_request(&mut far).await;
        far.write_all(begins.as_bytes()).await.unwrap();
        let mut taken = begins.len();
        while let Ok(more @ 1..) = far.write(goes_on).await {
            taken += more;
        }
        taken
    });
    let mut stream: BoxStream = Box::new(near);
    let endpoint = Endpoint::parse("ws://venue.test/").unwrap();
    let result = upgrade(&mut stream, &endpoint, &Upgrade::default(), now()).await.and_then(Answered::upgraded);
    drop(stream);
    (result, server.await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn r033_an_answer_without_an_end_is_cut_at_its_bound() {
    // What is asked of the stream at once, and what lies in it, come on top.
    const ALL: usize = (64 + 8) * 1024;
    for (begins, goes_on, why) in [
        ("HTTP/1.1 101 Switching Protocols\r\n", &b"X-Header: one more\r\n"[..], "64 KiB"),
        ("HTTP/1.1 101 Switching Protocols\r\nX-Long: ", b"xxxxxxxx", "64 KiB"),
        ("HTTP/1.1 101 ", b"Switching ", "64 KiB"),
        ("HTTP/1.1 200 OK\r\n\r\n", b"<html>", "no WebSocket"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "no WebSocket"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", b"x", "no WebSocket"),
    ] {
        let (result, taken) = endless(begins, goes_on).await;
        let error = result.map(|_| ()).expect_err(begins);
        assert!(matches!(&error, Error::Upgrade { reason } if reason.contains(why)), "{begins:?}: {error}");
        assert!(taken <= ALL, "{begins:?}: {taken} bytes were taken");
    }
    refused(&with(&"X: y\r\n".repeat(200)), "128 headers", Upgrade::default()).await;
}

#[tokio::test(start_paused = true)]
async fn r033_an_answer_byte_by_byte_is_read_once_and_not_its_length_squared() {
    let long = format!("X: {}\r\n", "y".repeat(60 * 1024));
    let chunks = format!("HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n{}", "1\r\nx\r\n".repeat(10 * 1024));
    let really = std::time::Instant::now();
    answered(with(&long).as_bytes(), 1, false, Upgrade::default()).await.0.expect("good, if long");
    match answered(chunks.as_bytes(), 1, false, Upgrade::default()).await.0 {
        Err(Error::Rejected { body, .. }) => assert_eq!(body.len(), 10 * 1024),
        other => panic!("{other:?}"),
    }
    // Read anew at each byte, either takes minutes.
    assert!(really.elapsed() < Duration::from_secs(10), "{:?}", really.elapsed());
}

#[tokio::test(start_paused = true)]
async fn r027_a_page_where_a_websocket_should_be_is_told_as_one_and_may_heal() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<h1>Hotel\x1b[2J</h1>";
    let error = answer(page).await.expect_err("a page");
    assert!(matches!(error, Error::Upgrade { .. }) && error.is_transient(), "{error}");
    let told = error.to_string();
    assert!(told.contains("200") && told.contains("`<h1>Hotel") && !told.contains('\x1b'), "{told}");
    let empty = answer("HTTP/1.1 204 No Content\r\n\r\n").await.expect_err("nothing").to_string();
    assert!(empty.contains("no WebSocket;"), "{empty}");
    // From a cache, which has no answer to this client's key.
    refused(&with("").replace("Sec-WebSocket-Accept: {accept}\r\n", "Age: 60\r\n"), "Accept", Upgrade::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_up_is_a_lost_link() {
    for text in ["", "HTTP/1.1 101 Swit"] {
        let result = answered(text.as_bytes(), usize::MAX, true, Upgrade::default()).await.0;
        assert!(matches!(result, Err(Error::Lost { .. })), "{result:?}");
    }
}
