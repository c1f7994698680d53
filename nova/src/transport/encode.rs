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

/// What a frame is written from: one that is made already, or the text of one.
#[derive(Clone, Copy)]
pub(crate) enum Content<'w> {
    Frame(&'w Frame),
    Text(&'w str),
}

impl<'w> From<&'w Frame> for Content<'w> {
    fn from(frame: &'w Frame) -> Self {
        Self::Frame(frame)
    }
}

impl<'w> From<&'w str> for Content<'w> {
    fn from(text: &'w str) -> Self {
        Self::Text(text)
    }
}

impl<'w> Content<'w> {
    #[inline]
    pub(crate) fn payload(self) -> &'w [u8] {
        match self {
            Self::Frame(frame) => frame.payload(),
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// Its opcode.
    ///
    /// # Errors
    /// [`Error::Encode`] for what cannot be sent.
    #[inline]
    fn opcode(self) -> Result<u8> {
        let (opcode, what) = match self {
            Self::Text(_) | Self::Frame(Frame::Text(_)) => return Ok(0x1),
            Self::Frame(Frame::Binary(_)) => return Ok(0x2),
            Self::Frame(Frame::Ping(_)) => (0x9, "a ping"),
            Self::Frame(Frame::Pong(_)) => (0xA, "a pong"),
            Self::Frame(Frame::Close(_)) => {
                return refuse("a close frame", "close the client instead: it ends the conversation in order");
            }
        };
        if self.payload().len() > MAX_CONTROL { refuse(what, "it may hold at most 125 bytes") } else { Ok(opcode) }
    }
}

/// Appends a masked text, binary, ping or pong frame; on an error nothing is appended.
///
/// # Errors
/// [`Error::Encode`] for a ping or pong of more than 125 bytes, and for a close frame, which only the connection itself sends.
pub(crate) fn encode_frame<'w>(out: &mut BytesMut, frame: impl Into<Content<'w>>, key: [u8; 4]) -> Result<()> {
    let wire = frame.into();
    let (opcode, payload) = (wire.opcode()?, wire.payload());
    out.reserve(payload.len() + 14);
    // Always final, always masked.
    let (first, [a, b, c, d]) = (0x80 | opcode, key);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => out.extend_from_slice(&[first, MASKED | short, a, b, c, d]),
        (_, Ok(medium)) => {
            let [high, low] = medium.to_be_bytes();
            out.extend_from_slice(&[first, MASKED | LENGTH_16, high, low, a, b, c, d]);
        }
        _ => {
            out.extend_from_slice(&[first, MASKED | LENGTH_64]);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            out.extend_from_slice(&key);
        }
    }
    let start = out.len();
    out.resize(start + payload.len(), 0);
    mask(payload, &mut out[start..], key);
    Ok(())
}

fn refuse(what: &'static str, reason: &'static str) -> Result<u8> {
    Err(Error::Encode { what: what.into(), reason: reason.into() })
}

/// Writes a masked payload, sixteen bytes at a time. Not in place: what was just copied cannot be read at once.
fn mask(payload: &[u8], out: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let (blocks, rest) = payload.as_chunks();
    let (out_blocks, out_rest) = out.as_chunks_mut();
    xor(blocks, out_blocks, [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]);
    let (words, rest) = rest.as_chunks();
    let (out_words, out_rest) = out_rest.as_chunks_mut();
    xor(words, out_words, key);
    for ((byte, out), key) in rest.iter().zip(out_rest).zip(key) {
        *out = byte ^ key;
    }
}

fn xor<const N: usize>(blocks: &[[u8; N]], out: &mut [[u8; N]], key: [u8; N]) {
    for (block, out) in blocks.iter().zip(out) {
        for ((byte, out), key) in block.iter().zip(out).zip(key) {
            *out = byte ^ key;
        }
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
