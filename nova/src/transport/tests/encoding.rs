//! Frames out, read back by a server nobody here wrote.

use std::{collections::HashSet, io::Cursor};

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use tokio_tungstenite::tungstenite::{Message, WebSocket, protocol::Role};

use super::client_frames;
use crate::{
    error::Error,
    frame::Frame,
    transport::{encode_frame, mask_key},
};

fn read_by_a_server(bytes: &[u8]) -> Frame {
    let mut server = WebSocket::from_raw_socket(Cursor::new(bytes.to_vec()), Role::Server, None);
    match server.read().expect("a frame") {
        Message::Text(text) => Frame::text(text.as_str()),
        Message::Binary(bytes) => Frame::Binary(bytes),
        Message::Ping(bytes) => Frame::Ping(bytes),
        Message::Pong(bytes) => Frame::Pong(bytes),
        other => panic!("{other:?}"),
    }
}

fn encoded(frame: &Frame, key: [u8; 4]) -> BytesMut {
    let mut out = BytesMut::from("before");
    encode_frame(&mut out, frame, key).expect("encoded");
    assert_eq!(&out.split_to(6)[..], b"before");
    out
}

proptest! {
    #[test]
    fn what_is_encoded_is_what_a_server_reads(
        payload in proptest::collection::vec(any::<u8>(), 0..300),
        text in ".{0,200}",
        key: [u8; 4],
    ) {
        let control: Bytes = payload.iter().copied().take(125).collect();
        let frames = [Frame::text(text), Frame::binary(payload), Frame::Ping(control.clone()), Frame::Pong(control)];
        for frame in frames {
            let out = encoded(&frame, key);
            prop_assert_eq!(client_frames(&out)[0].1, key);
            prop_assert_eq!(read_by_a_server(&out), frame);
        }
    }
}

#[test]
fn lengths_take_their_shortest_form() {
    for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (200_000, 10)] {
        let frame = Frame::binary(vec![0xa5; length]);
        let out = encoded(&frame, [1, 2, 3, 4]);
        assert_eq!(out.len(), header + 4 + length);
        assert_eq!(read_by_a_server(&out), frame);
    }
}

#[test]
fn frames_that_cannot_be_sent_leave_the_buffer_alone() {
    for frame in [Frame::Ping(vec![0; 126].into()), Frame::Pong(vec![0; 126].into()), Frame::Close(None)] {
        let mut out = BytesMut::new();
        assert!(matches!(encode_frame(&mut out, &frame, [0; 4]), Err(Error::Encode { .. })));
        assert!(out.is_empty());
    }
}

#[test]
fn r049_masks_are_distinct_and_use_all_their_bits() {
    let mut out = BytesMut::new();
    for number in 0..10_000 {
        encode_frame(&mut out, &Frame::text(number.to_string()), mask_key()).unwrap();
    }
    let frames = client_frames(&out);
    let distinct: HashSet<[u8; 4]> = frames.iter().map(|(_, key, _)| *key).collect();
    assert_eq!(frames.len(), 10_000);
    assert!(distinct.len() > 9_990, "{}", distinct.len());
    for bit in 0..32 {
        let ones = frames.iter().filter(|(_, key, _)| u32::from_be_bytes(*key) >> bit & 1 == 1).count();
        assert!((4_500..5_500).contains(&ones), "bit {bit}: {ones}");
    }
    let other =
        std::thread::spawn(|| std::iter::repeat_with(mask_key).take(1000).collect::<HashSet<_>>()).join().unwrap();
    assert!(other.intersection(&distinct).count() < 5, "every thread draws its own");
}
