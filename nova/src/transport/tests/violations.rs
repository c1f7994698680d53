//! A peer that breaks the protocol is told so on the wire.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{client_frames, close_payload, flush, next, pair, server_frame, written};
use crate::{
    error::Error,
    frame::{CloseCode, Frame},
    transport::Limits,
};

const LIMITS: Limits = Limits { max_frame: 1000, max_message: 1500, max_fragments: 10, max_outbound: 1 << 20 };

/// Sends a good message and then the bad bytes; asserts that the first is delivered and the close code is on the wire.
async fn closes_with(bad: &[u8], code: u16, what: &str) {
    for separate in [true, false] {
        let (mut ws, mut far) = pair(LIMITS, 1 << 20);
        let good = server_frame(0x81, b"good");
        if separate {
            far.write_all(&good).await.unwrap();
            assert_eq!(next(&mut ws).await.unwrap(), Frame::text("good"), "{what}");
            far.write_all(bad).await.unwrap();
        } else {
            far.write_all(&[&good, bad].concat()).await.unwrap();
            assert_eq!(next(&mut ws).await.unwrap(), Frame::text("good"), "{what}");
        }
        let error = loop {
            match next(&mut ws).await {
                Ok(frame) => assert!(matches!(frame, Frame::Ping(_) | Frame::Pong(_)), "{what}: {frame:?}"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Protocol { code: have, .. } if have.0 == code), "{what}: {error}");
        assert!(!ws.can_write());
        flush(&mut ws).await.unwrap();
        let frames = client_frames(&written(&mut far).await);
        let (opcode, _, payload) = frames.last().expect(what);
        assert_eq!((*opcode, &payload[..2]), (8, &code.to_be_bytes()[..]), "{what}");

        // What comes later is thrown away until the peer hangs up.
        far.write_all(&server_frame(0x81, &[b'x'; 900])).await.unwrap();
        drop(far);
        assert!(matches!(next(&mut ws).await, Err(Error::Protocol { .. })), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn r040_broken_framing_is_closed_with_1002() {
    let mut masked = server_frame(0x81, b"");
    masked[1] |= 0x80;
    let table = [
        (masked, "a masked frame"),
        (server_frame(0xC1, b"x"), "RSV1"),
        (server_frame(0xA1, b"x"), "RSV2"),
        (server_frame(0x91, b"x"), "RSV3"),
        (server_frame(0x83, b"x"), "opcode 3"),
        (server_frame(0x87, b""), "opcode 7"),
        (server_frame(0x8B, b"x"), "opcode 11"),
        (server_frame(0x8F, b""), "opcode 15"),
        (server_frame(0x89, &[b'x'; 126]), "a ping of 126 bytes"),
        (server_frame(0x8A, &[b'x'; 126]), "a pong of 126 bytes"),
        (server_frame(0x88, &close_payload(1000, &"x".repeat(124))), "a close frame of 126 bytes"),
        (server_frame(0x09, b"x"), "a fragmented ping"),
        (server_frame(0x08, b""), "a fragmented close"),
        (server_frame(0x80, b"x"), "a continuation of nothing"),
        (server_frame(0x00, b"x"), "a continuation of nothing, not final"),
        ([server_frame(0x01, b"x"), server_frame(0x81, b"y")].concat(), "a message inside another"),
        (
            [server_frame(0x01, b"x"), server_frame(0x89, b""), server_frame(0x02, b"y")].concat(),
            "a fragment of another kind",
        ),
        (server_frame(0x88, b"x"), "a close payload of one byte"),
    ];
    for (bad, what) in table {
        closes_with(&bad, 1002, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r041_text_that_is_not_utf8_is_closed_with_1007() {
    let table = [
        (server_frame(0x81, b"\xff"), "whole"),
        (server_frame(0x81, &[&[b'x'; 200][..], b"\xff", &[b'x'; 50]].concat()), "within a long one"),
        (server_frame(0x81, b"\xed\xa0\x80"), "a surrogate"),
        (server_frame(0x81, b"\xe2\x82"), "cut in a code point"),
        ([server_frame(0x01, b"\xe2\x82"), server_frame(0x80, b"x")].concat(), "split in a code point and not gone on"),
        (
            [server_frame(0x01, b"\xe2"), server_frame(0x00, b"\x82"), server_frame(0x80, b"")].concat(),
            "never completed",
        ),
        (server_frame(0x88, b"\x03\xe8\xff\xff"), "in a close reason"),
    ];
    for (bad, what) in table {
        closes_with(&bad, 1007, what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r042_lengths_out_of_bounds_are_refused_by_the_header_alone() {
    let table: [(Vec<u8>, u16, &str); 6] = [
        ([&[0x82, 127][..], &(1u64 << 63).to_be_bytes()].concat(), 1002, "length 2^63"),
        ([&[0x82, 127][..], &100u64.to_be_bytes()].concat(), 1002, "100 in eight bytes"),
        ([&[0x82, 126][..], &100u16.to_be_bytes()].concat(), 1002, "100 in two bytes"),
        ([&[0x82, 127][..], &(1u64 << 62).to_be_bytes()].concat(), 1009, "length 2^62"),
        ([&[0x82, 126][..], &1001u16.to_be_bytes()].concat(), 1009, "one over max_frame"),
        ([server_frame(0x02, &[0; 1000]), vec![0x80, 126, 0x01, 0xf5]].concat(), 1009, "one over max_message"),
    ];
    for (bad, code, what) in table {
        closes_with(&bad, code, what).await;
    }
    let (mut ws, mut far) = pair(LIMITS, 1 << 20);
    let fits = [server_frame(0x82, &[1; 1000]), server_frame(0x02, &[2; 1000]), server_frame(0x80, &[2; 500])].concat();
    far.write_all(&fits).await.unwrap();
    assert_eq!(next(&mut ws).await.unwrap(), Frame::binary(vec![1; 1000]));
    assert_eq!(next(&mut ws).await.unwrap(), Frame::binary(vec![2; 1500]));
}

#[tokio::test(start_paused = true)]
async fn r043_endless_fragments_are_cut_by_count() {
    let endless = [server_frame(0x02, b""), server_frame(0x00, b"").repeat(10)].concat();
    closes_with(&endless, 1009, "eleven empty fragments").await;
    let (mut ws, mut far) = pair(LIMITS, 1 << 20);
    for _ in 0..2 {
        far.write_all(
            &[server_frame(0x02, b"a"), server_frame(0x00, b"b").repeat(8), server_frame(0x80, b"c")].concat(),
        )
        .await
        .unwrap();
        assert_eq!(next(&mut ws).await.unwrap(), Frame::binary("abbbbbbbbc"));
    }
    far.write_all(&server_frame(0x02, b"a")).await.unwrap();
    assert!(tokio::time::timeout(std::time::Duration::from_secs(1), next(&mut ws)).await.is_err());
    assert!(ws.in_message(), "the session can put a time to it");
}

#[tokio::test(start_paused = true)]
async fn r048_close_codes_that_may_not_be_sent_are_answered_with_1002() {
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        closes_with(&server_frame(0x88, &close_payload(code, "")), 1002, &code.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn r048_data_behind_a_close_frame_is_ignored() {
    let (mut ws, mut far) = pair(LIMITS, 1 << 20);
    let second = [server_frame(0x81, b"late"), server_frame(0x88, &close_payload(1001, "again"))].concat();
    far.write_all(&[server_frame(0x88, &close_payload(1000, "bye")), second].concat()).await.unwrap();
    assert!(matches!(next(&mut ws).await, Ok(Frame::Close(Some(close))) if close.code == CloseCode::NORMAL));
    flush(&mut ws).await.unwrap();
    let mut reply = [0; 64];
    let read = far.read(&mut reply).await.unwrap();
    assert_eq!(client_frames(&reply[..read])[0].2, close_payload(1000, "bye"));
    drop(far);
    assert!(
        matches!(next(&mut ws).await, Err(Error::Closed { code, reason, .. }) if code.0 == 1000 && &*reason == "bye")
    );
}
