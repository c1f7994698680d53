//! The server's half of the protocol, as little of it as a benchmark needs: it accepts the upgrade and reads masked frames.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The opcodes a client sends.
pub const TEXT: u8 = 0x1;
/// See [`TEXT`].
pub const CLOSE: u8 = 0x8;
/// See [`TEXT`].
pub const PING: u8 = 0x9;
/// See [`TEXT`].
pub const PONG: u8 = 0xA;

/// The answer to an upgrade request, and how long the request is; nothing while it is not complete.
pub fn upgrade(request: &[u8]) -> Option<(String, usize)> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&request[..end]).ok()?;
    let key = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    })?;
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Some((answer, end))
}

/// A frame of the client, unmasked.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a> {
    /// What it is.
    pub opcode: u8,
    /// What it says.
    pub payload: &'a [u8],
    /// What it was masked with.
    pub key: [u8; 4],
}

/// Cuts a stream of bytes into frames.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of a frame whose end has not come yet.
    rest: Vec<u8>,
    payload: Vec<u8>,
}

impl Decoder {
    /// Takes bytes and hands out the frames that they complete.
    pub fn read(&mut self, bytes: &[u8], mut each: impl FnMut(Masked<'_>)) {
        let Self { rest, payload } = self;
        let mut left = bytes;
        if !rest.is_empty() {
            rest.extend_from_slice(bytes);
            left = rest;
        }
        while let Some((frame, end)) = cut(left, payload) {
            each(frame);
            left = &left[end..];
        }
        let left = left.to_vec();
        *rest = left;
    }
}

/// The first frame, if all of it is there, and where it ends.
fn cut<'a>(bytes: &[u8], payload: &'a mut Vec<u8>) -> Option<(Masked<'a>, usize)> {
    let (head, second) = (*bytes.first()?, *bytes.get(1)?);
    let (len, at) = match second & 0x7F {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    let key: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    let masked = bytes.get(at + 4..at + 4 + len)?;
    payload.clear();
    payload.extend_from_slice(masked);
    for four in payload.chunks_mut(4) {
        for (byte, key) in four.iter_mut().zip(key) {
            *byte ^= key;
        }
    }
    Some((Masked { opcode: head & 0xF, payload, key }, at + 4 + len))
}
