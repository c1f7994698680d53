//! How a connection ends in order.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{client_frames, close_payload, flush, flushes_whole, next, pair, server_frame, written};
use crate::{
    error::{Error, Outcome},
    frame::{CloseCode, Frame},
    transport::Limits,
};

#[tokio::test(start_paused = true)]
async fn the_peers_close_is_answered_then_told_once_it_hangs_up() {
    let table: [(&[u8], Option<u16>, u16, &str); 5] = [
        (&close_payload(1000, "bye"), Some(1000), 1000, "bye"),
        (&close_payload(1012, ""), Some(1012), 1012, ""),
        (&close_payload(1014, "gateway"), Some(1014), 1014, ""),
        (&close_payload(4999, "ü"), Some(4999), 4999, "ü"),
        (&[], None, 1005, ""),
    ];
    for (payload, frame_code, code, reason) in table {
        let (mut ws, mut far) = pair(Limits::default(), 1 << 16);
        far.write_all(&server_frame(0x88, payload)).await.unwrap();
        match next(&mut ws).await.unwrap() {
            Frame::Close(close) => assert_eq!(close.map(|close| close.code.0), frame_code),
            other => panic!("{other:?}"),
        }
        assert!(!ws.can_write());
        assert!(matches!(ws.append(b"x"), Err(Error::Disconnected { outcome: Outcome::NotSent })));
        flush(&mut ws).await.unwrap();
        assert_eq!(client_frames(&written(&mut far).await)[0].0, 8);
        let waiting = tokio::time::timeout(Duration::from_secs(1), next(&mut ws)).await;
        assert!(waiting.is_err(), "the server hangs up first");
        drop(far);
        for _ in 0..2 {
            match next(&mut ws).await {
                Err(Error::Closed { code: have, reason: said, .. }) => assert_eq!((have.0, &*said), (code, reason)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn our_close_goes_behind_the_data_and_data_still_arrives() {
    let (mut ws, mut far) = pair(Limits::default(), 1 << 16);
    ws.append(b"\x82\x80\x00\x00\x00\x00").unwrap();
    ws.close(CloseCode::NORMAL, "done");
    ws.close(CloseCode::AWAY, "a second one is nothing");
    assert!(!ws.can_write());
    flush(&mut ws).await.unwrap();
    let frames = client_frames(&written(&mut far).await);
    assert_eq!(frames.iter().map(|(opcode, ..)| *opcode).collect::<Vec<_>>(), [2, 8]);
    assert_eq!(frames[1].2, close_payload(1000, "done"));

    let last =
        [server_frame(0x81, b"last"), server_frame(0x89, b"?"), server_frame(0x88, &close_payload(1000, ""))].concat();
    far.write_all(&last).await.unwrap();
    assert_eq!(next(&mut ws).await.unwrap(), Frame::text("last"));
    assert!(matches!(next(&mut ws).await, Ok(Frame::Ping(_))));
    assert!(matches!(next(&mut ws).await, Ok(Frame::Close(Some(_)))));
    flush(&mut ws).await.unwrap();
    std::future::poll_fn(|cx| ws.poll_shutdown(cx)).await.unwrap();
    let mut rest = Vec::new();
    far.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"", "nothing follows a close frame");
}

#[tokio::test(start_paused = true)]
async fn a_long_reason_is_cut_between_characters() {
    let table =
        [("x".repeat(200), 123), ("ü".repeat(100), 122), ("€".repeat(41), 123), (format!("x{}", "€".repeat(41)), 121)];
    for (reason, bytes) in table {
        let (mut ws, mut far) = pair(Limits::default(), 1 << 16);
        ws.close(CloseCode(4000), &reason);
        flush(&mut ws).await.unwrap();
        let payload = client_frames(&written(&mut far).await).remove(0).2;
        assert_eq!(payload[2..], reason.as_bytes()[..bytes]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_may_not_be_sent_is_left_out() {
    let (mut ws, mut far) = pair(Limits::default(), 1 << 16);
    ws.close(CloseCode::ABNORMAL, "lost");
    flush(&mut ws).await.unwrap();
    assert_eq!(client_frames(&written(&mut far).await)[0].2, b"");
}

#[tokio::test(start_paused = true)]
async fn our_close_is_last_even_when_pongs_are_held_back() {
    let (mut ws, mut far) = pair(Limits::default(), 16);
    for _ in 0..20 {
        let ping = server_frame(0x89, &[b'p'; 120]);
        let (sent, frame) = tokio::join!(far.write_all(&ping), next(&mut ws));
        sent.unwrap();
        assert!(matches!(frame, Ok(Frame::Ping(_))));
        assert!(!flushes_whole(&mut ws).await);
    }
    ws.close(CloseCode::NORMAL, &"r".repeat(123));
    let mut bytes = Vec::new();
    while !flushes_whole(&mut ws).await {
        bytes.extend(written(&mut far).await);
    }
    bytes.extend(written(&mut far).await);
    let frames = client_frames(&bytes);
    assert_eq!(frames.iter().position(|(opcode, ..)| *opcode == 8), Some(frames.len() - 1));
    assert_eq!(frames.last().unwrap().2.len(), 125);
}

#[tokio::test(start_paused = true)]
async fn hanging_up_without_a_close_frame_is_a_lost_link() {
    for bytes in [&b""[..], b"\x81", b"\x81\x05hal"] {
        let (mut ws, mut far) = pair(Limits::default(), 1 << 16);
        far.write_all(bytes).await.unwrap();
        drop(far);
        for _ in 0..2 {
            assert!(matches!(next(&mut ws).await, Err(Error::Lost { .. })));
        }
    }
}
