//! Frames in, wherever the bytes are split.

use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::{client_frames, flush, flushes_whole, next, pair, refresh_budget, server_frame, written};
use crate::{
    error::Error,
    frame::Frame,
    transport::{Limits, Ws, encode_frame, mask_key},
};

fn sample() -> (Vec<u8>, Vec<Frame>) {
    let text = "ünïcode €".repeat(30);
    let bytes = [
        server_frame(0x81, b"whole"),
        server_frame(0x01, &text.as_bytes()[..1]),
        server_frame(0x89, b"ping"),
        server_frame(0x00, &text.as_bytes()[1..200]),
        server_frame(0x8A, b""),
        server_frame(0x80, &text.as_bytes()[200..]),
        server_frame(0x82, &[0xff; 5000]),
        server_frame(0x02, b""),
        server_frame(0x80, b""),
        server_frame(0x82, &vec![1; 70_000]),
        server_frame(0x81, "é".repeat(2_500).as_bytes()),
        server_frame(0x81, "é".repeat(150_000).as_bytes()),
    ];
    let frames = vec![
        Frame::text("whole"),
        Frame::Ping("ping".into()),
        Frame::Pong("".into()),
        Frame::text(text),
        Frame::binary(vec![0xff; 5000]),
        Frame::binary(""),
        Frame::binary(vec![1; 70_000]),
        Frame::text("é".repeat(2_500)),
        Frame::text("é".repeat(150_000)),
    ];
    (bytes.concat(), frames)
}

/// What comes out when the bytes arrive in pieces, the first of them behind the upgrade's answer.
async fn delivered(pieces: &[&[u8]]) -> Vec<Frame> {
    let (near, mut far) = tokio::io::duplex(1 << 20);
    let mut ws = Ws::new(Box::new(near), pieces[0].to_vec(), Limits::default());
    let mut frames = Vec::new();
    for piece in &pieces[1..] {
        drain(&mut ws, &mut frames).await;
        far.write_all(piece).await.unwrap();
    }
    drain(&mut ws, &mut frames).await;
    assert!(!ws.in_message() && !ws.has_unread());
    assert_eq!(ws.received(), pieces.iter().map(|piece| piece.len() as u64).sum::<u64>());
    flush(&mut ws).await.unwrap();
    let answers = client_frames(&written(&mut far).await);
    assert_eq!(
        answers.iter().map(|(opcode, _, payload)| (*opcode, &payload[..])).collect::<Vec<_>>(),
        [(0xA, &b"ping"[..])]
    );
    frames
}

async fn drain(ws: &mut Ws, frames: &mut Vec<Frame>) {
    refresh_budget().await;
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(frame) = ws.poll_next(&mut cx) {
        frames.push(frame.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn frames_survive_a_split_at_any_of_the_first_bytes() {
    let (bytes, frames) = sample();
    for split in (0..600).chain([5500, 5600, 6000, 70_000, 77_000, 81_000, 90_000]) {
        assert_eq!(delivered(&[&bytes[..split], &bytes[split..]]).await, frames, "{split}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn frames_survive_any_splits(cuts in proptest::collection::vec(0usize..386_000, 0..40)) {
        let (bytes, frames) = sample();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_eq!(runtime.block_on(delivered(&pieces)), frames);
    }
}

#[tokio::test(start_paused = true)]
async fn two_connections_of_a_thread_do_not_mix_their_bytes() {
    let (mut one, mut far_one) = pair(Limits::default(), 1 << 20);
    let (mut two, mut far_two) = pair(Limits::default(), 1 << 20);
    for number in 0..50u8 {
        far_one.write_all(&server_frame(0x82, &[number; 300])).await.unwrap();
        far_two.write_all(&server_frame(0x82, &[number + 100; 400])).await.unwrap();
    }
    for number in 0..50u8 {
        assert_eq!(next(&mut one).await.unwrap(), Frame::binary(vec![number; 300]));
        assert!(number > 40 || one.has_unread(), "stopped half way, it keeps its piece");
        assert_eq!(next(&mut two).await.unwrap(), Frame::binary(vec![number + 100; 400]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pong_never_splits_a_data_frame() {
    let (mut ws, mut far) = pair(Limits::default(), 100);
    let mut encoded = bytes::BytesMut::new();
    encode_frame(&mut encoded, &Frame::binary(vec![9; 5000]), mask_key()).unwrap();
    ws.append(&encoded).unwrap();
    let end = ws.append(&encoded).unwrap();
    assert!(!flushes_whole(&mut ws).await, "the peer does not read");
    assert!((1..end).contains(&ws.handed()));
    far.write_all(&server_frame(0x89, b"now")).await.unwrap();
    assert_eq!(next(&mut ws).await.unwrap(), Frame::Ping("now".into()));

    let mut bytes = Vec::new();
    while bytes.len() < usize::try_from(end).unwrap() + 9 {
        flushes_whole(&mut ws).await;
        bytes.extend(written(&mut far).await);
    }
    let opcodes: Vec<_> =
        client_frames(&bytes).into_iter().map(|(opcode, _, payload)| (opcode, payload.len())).collect();
    assert_eq!(opcodes, [(2, 5000), (2, 5000), (0xA, 3)]);
    assert_eq!(ws.handed(), bytes.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn r046_a_flood_of_pings_at_a_blocked_writer_costs_less_than_a_kilobyte() {
    let (mut ws, mut far) = pair(Limits::default(), 64);
    let mut encoded = bytes::BytesMut::new();
    encode_frame(&mut encoded, &Frame::binary(vec![1; 200]), [1, 2, 3, 4]).unwrap();
    ws.append(&encoded).unwrap();
    let before = ws.buffer().len();
    for number in 0..20_000u32 {
        far.write_all(&server_frame(0x89, format!("{number:_>50}").as_bytes())).await.unwrap();
        assert!(matches!(next(&mut ws).await, Ok(Frame::Ping(_))), "reading goes on");
        assert!(!flushes_whole(&mut ws).await);
    }
    assert!(ws.buffer().len() < before + 100, "{}", ws.buffer().len());

    let mut bytes = Vec::new();
    loop {
        let done = flushes_whole(&mut ws).await;
        bytes.extend(written(&mut far).await);
        if done {
            break;
        }
    }
    let frames = client_frames(&bytes);
    let pongs: usize = frames.iter().filter(|(opcode, ..)| *opcode == 0xA).map(|(.., payload)| payload.len() + 6).sum();
    assert!(pongs < 1024, "{pongs} bytes of pongs were held");
    assert!(frames.last().unwrap().2.ends_with(b"_19999"), "the latest ping is answered");
}

#[tokio::test(start_paused = true)]
async fn data_is_bounded_and_a_broken_writer_says_so() {
    let (mut ws, far) = pair(Limits { max_outbound: 100, ..Limits::default() }, 64);
    ws.append(&[0; 90]).unwrap();
    ws.append(&[0; 1000]).expect("whole, as the bound was not reached");
    assert!(matches!(ws.append(&[0; 1]), Err(Error::OutboundFull { bytes: 100 })));
    drop(far);
    for _ in 0..2 {
        assert!(matches!(flush(&mut ws).await, Err(Error::Lost { .. })));
    }
    assert!(!ws.can_write());
    assert!(matches!(next(&mut ws).await, Err(Error::Lost { .. })));
}
