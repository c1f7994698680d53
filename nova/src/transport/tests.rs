//! The room's tests: peers that are scripted byte by byte, over streams in memory.

mod closing;
mod encoding;
mod endpoint;
mod frames;
mod redirect;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;
mod violations;

use std::{future::poll_fn, task::Poll};

use tokio::io::{AsyncReadExt, DuplexStream};

use crate::{
    error::Result,
    frame::Frame,
    transport::{Limits, Ws},
};

/// A frame as a server writes it: `first` is the byte with FIN, the reserved bits and the opcode.
fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..=125) => bytes.push(short.to_be_bytes()[1]),
        Ok(medium) => {
            bytes.push(126);
            bytes.extend(medium.to_be_bytes());
        }
        Err(_) => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// Opcode, key and unmasked payload of each frame a client wrote; panics where it did not mask or fragmented.
fn client_frames(mut bytes: &[u8]) -> Vec<(u8, [u8; 4], Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert!(first & 0xf0 == 0x80, "final, no reserved bits");
        assert!(second & 0x80 != 0, "masked");
        let (length, rest) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(rest[..2].try_into().unwrap())), &rest[2..]),
            127 => (u64::from_be_bytes(rest[..8].try_into().unwrap()), &rest[8..]),
            short => (u64::from(short), rest),
        };
        let key: [u8; 4] = rest[..4].try_into().unwrap();
        let (payload, rest) = rest[4..].split_at(usize::try_from(length).unwrap());
        frames.push((
            first & 0x0f,
            key,
            payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
        ));
        bytes = rest;
    }
    frames
}

/// A close frame's payload.
fn close_payload(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

fn pair(limits: Limits, capacity: usize) -> (Ws, DuplexStream) {
    let (near, far) = tokio::io::duplex(capacity);
    (Ws::new(Box::new(near), Vec::new(), limits), far)
}

async fn next(ws: &mut Ws) -> Result<Frame> {
    poll_fn(|cx| ws.poll_next(cx)).await
}

async fn flush(ws: &mut Ws) -> Result<()> {
    poll_fn(|cx| ws.poll_flush(cx)).await
}

/// Flushes as far as the peer's buffer allows; whether nothing is left.
async fn flushes_whole(ws: &mut Ws) -> bool {
    refresh_budget().await;
    match poll_fn(|cx| Poll::Ready(ws.poll_flush(cx))).await {
        Poll::Ready(flushed) => flushed.map(|()| true).unwrap(),
        Poll::Pending => false,
    }
}

/// A task may poll its streams only so often before it has to yield; polls made by hand need that said.
async fn refresh_budget() {
    tokio::task::yield_now().await;
}

/// Everything the client has written so far; for streams whose buffer it fits into.
async fn written(far: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 20];
    let read = far.read(&mut bytes).await.unwrap();
    bytes.truncate(read);
    bytes
}
