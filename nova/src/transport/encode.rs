//! Writing frames: header, masking key, masked payload.
//!
//! Callers encode straight into the buffer that is written to the socket, so a message is copied once. Masking keys must not be
//! predictable (RFC 6455 §10.3) but are wanted once a frame, so they are drawn from the generator in bulk.

use std::cell::RefCell;

use bytes::BytesMut;

use crate::{
    error::{Error, Result},
    frame::Frame,
};

/// The bit of the second byte that announces a masking key, and its two length values with a meaning of their own.
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;
/// The longest payload of a control frame.
const MAX_CONTROL: usize = 125;

/// Appends a masked text, binary, ping or pong frame; on an error nothing is appended.
///
/// # Errors
/// [`Error::Encode`] for a ping or pong of more than 125 bytes, and for a close frame, which only the connection itself sends.
pub(crate) fn encode_frame(out: &mut BytesMut, frame: &Frame, key: [u8; 4]) -> Result<()> {
    let (opcode, what) = match frame {
        Frame::Text(_) => (0x1, "a text frame"),
        Frame::Binary(_) => (0x2, "a binary frame"),
        Frame::Ping(_) => (0x9, "a ping"),
        Frame::Pong(_) => (0xA, "a pong"),
        Frame::Close(_) => {
            return refuse("a close frame", "close the client instead: it ends the conversation in order");
        }
    };
    let payload = frame.payload();
    if !frame.is_data() && payload.len() > MAX_CONTROL {
        return refuse(what, "it may hold at most 125 bytes");
    }
    out.reserve(payload.len() + 14);
    // Always final, always masked.
    out.extend_from_slice(&[0x80 | opcode]);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => out.extend_from_slice(&[MASKED | short]),
        (_, Ok(medium)) => {
            out.extend_from_slice(&[MASKED | LENGTH_16]);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.extend_from_slice(&[MASKED | LENGTH_64]);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&key);
    let start = out.len();
    out.extend_from_slice(payload);
    mask(&mut out[start..], key);
    Ok(())
}

fn refuse(what: &'static str, reason: &'static str) -> Result<()> {
    Err(Error::Encode { what: what.into(), reason: reason.into() })
}

/// XORs with the key, eight bytes at a time.
fn mask(payload: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}

/// Keys drawn and not used yet.
struct Keys {
    pool: [[u8; 4]; 64],
    used: usize,
}

thread_local! {
    /// One stock a thread: of one for each connection most would lie idle.
    static KEYS: RefCell<Keys> = const { RefCell::new(Keys { pool: [[0; 4]; 64], used: 64 }) };
}

/// A fresh masking key, from the thread's cryptographic generator.
pub(crate) fn mask_key() -> [u8; 4] {
    KEYS.with_borrow_mut(|keys| {
        if keys.used == keys.pool.len() {
            rand::fill(keys.pool.as_flattened_mut());
            keys.used = 0;
        }
        // Taken out, so that a used key is not found in memory beside the frame it masked.
        let key = std::mem::take(&mut keys.pool[keys.used]);
        keys.used += 1;
        key
    })
}
