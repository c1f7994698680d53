//! What nova sends comes back as it was, in order and byte for byte, from echo servers of three makes and over TLS.

use std::{collections::VecDeque, pin::pin};

use futures_util::StreamExt as _;
use nova::{Closed, Error, Frame, Handle, Item, Outgoing, Tcp, Tls};

use crate::peer::{Certificate, Peer, within};

#[nova::client(platform = "echo")]
struct Mirror;

const MESSAGES: usize = 10_000;
/// What may be on its way at a time. The servers drop or stall where a client does not read, so a client must not rush them.
const WINDOW: usize = 64;
const WINDOW_BYTES: usize = 256 * 1024;

/// The n-th message: text and binary in turn, of lengths around those where a frame's header or a buffer changes.
fn message(n: usize) -> Frame {
    const LENGTHS: [usize; 12] = [0, 1, 2, 4, 16, 64, 125, 126, 127, 300, 1_000, 4_095];
    const LARGE: [usize; 5] = [65_535, 65_536, 65_537, 131_073, 300_000];
    const LETTERS: [&str; 8] = ["a", "ß", "€", "😀", "\0", "\u{feff}", "\u{10ffff}", "\""];
    let length = if n % 250 == 7 { LARGE[n / 250 % LARGE.len()] } else { LENGTHS[n / 2 % LENGTHS.len()] };
    if n.is_multiple_of(2) || (n / 250).is_multiple_of(2) && n % 250 == 7 {
        let mut text = String::with_capacity(length + 4);
        let mut at = n;
        while text.len() < length {
            text.push_str(LETTERS[(at ^ (at >> 3)) % LETTERS.len()]);
            at += 1;
        }
        Frame::text(text)
    } else {
        Frame::binary((0..length).map(|at| ((at * 31 + n * 7) % 256).to_le_bytes()[0]).collect::<Vec<u8>>())
    }
}

fn outgoing(frame: &Frame) -> Outgoing {
    match frame {
        Frame::Text(text) => text.clone().into(),
        Frame::Binary(bytes) => bytes.clone().into(),
        other => panic!("{other:?} is no message"),
    }
}

async fn everything_returns(mirror: Handle<Mirror>, from: &str) {
    let mut items = pin!(mirror.items());
    let mut out: VecDeque<Frame> = VecDeque::new();
    let (mut sent, mut bytes, mut returned) = (0, 0, 0);
    while returned < MESSAGES {
        while sent < MESSAGES && out.len() < WINDOW && (bytes < WINDOW_BYTES || out.is_empty()) {
            let frame = message(sent);
            within("room to send", mirror.send(outgoing(&frame))).await.expect("sent");
            bytes += frame.len();
            out.push_back(frame);
            sent += 1;
        }
        let Some(Item::Message(raw)) = within("a message", items.next()).await else {
            panic!("{from}: something other than message {returned}")
        };
        let expected = out.pop_front().expect("what returns was sent");
        // Not `assert_eq`: nobody reads 300 KB.
        assert!(
            *raw.frame() == expected,
            "{from}: {raw:?} returned as message {returned}, of {} bytes",
            expected.len()
        );
        bytes -= expected.len();
        returned += 1;
    }
    assert_eq!(within("the close", mirror.close()).await, Closed::Clean, "{from}");
    assert!(within("the end", items.next()).await.is_none(), "{from}: something nobody sent");
}

#[test]
fn the_messages_are_of_every_kind() {
    let all: Vec<Frame> = (0..MESSAGES).map(message).collect();
    for is_text in [true, false] {
        let lengths = || all.iter().filter(|it| matches!(it, Frame::Text(_)) == is_text).map(Frame::len);
        assert!(lengths().any(|it| it == 0) && lengths().any(|it| it > 65_536), "text: {is_text}");
        assert!(lengths().count() > MESSAGES / 3, "text: {is_text}");
    }
    assert!(all.iter().any(|it| it.as_text().is_some_and(|text| text.contains('😀'))));
}

#[tokio::test]
async fn ten_thousand_messages_return_from_every_make_of_server() {
    for make in ["websockets", "ws", "ws-deflate", "uws"] {
        let Some(peer) = Peer::start("echo.sh", &[make]) else { continue };
        let mirror = within("ready", nova::connect(Mirror).url(peer.url("/")).into_future()).await.expect("ready");
        everything_returns(mirror, make).await;
    }
}

#[tokio::test]
async fn ten_thousand_messages_return_over_tls() {
    let certificate = Certificate::new("nova");
    let Some(peer) = Peer::start("echo.sh", &["tls", certificate.file()]) else { return };
    let dialer = || Tcp::new().tls(Tls::new().root_pem(&certificate.pem));
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("wss://{host}:{}/", peer.address().port());
        let trusting = nova::connect(Mirror).url(&url).dialer(dialer());
        let mirror = within("ready", trusting.into_future()).await.expect("ready");
        everything_returns(mirror, host).await;
        let refused = within("the refusal", nova::connect(Mirror).url(&url).into_future()).await;
        assert!(matches!(refused, Err(Error::Tls { .. })), "a certificate that nobody vouches for: {refused:?}");
    }
}
