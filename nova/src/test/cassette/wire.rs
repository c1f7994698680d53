//! Bytes of one direction of a link → its messages.
//!
//! The recorder sees bytes, which come in any pieces: first the upgrade, then frames, of which messages are put together again. Its own
//! reading, so that a fault of nova's shows in a recording rather than hides in it.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

/// The longest message that is recorded.
const LONGEST: usize = 64 << 20;

/// A message, whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// As it stands in a recording.
    pub(super) kind: &'static str,
    pub(super) payload: Vec<u8>,
}

/// One direction of a link.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    stage: Stage,
    bytes: Vec<u8>,
    fragments: Option<Message>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The head of the request, or of the response.
    #[default]
    Head,
    Frames,
    /// Not upgraded, or not readable: what follows is nothing that could be recorded.
    Over,
}

impl Decoder {
    /// Takes what came, and returns the messages that are complete with it; an error, once, where it cannot be read.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Message>, &'static str> {
        if self.stage == Stage::Over {
            return Ok(Vec::new());
        }
        self.bytes.extend_from_slice(bytes);
        let read = self.read();
        if read.is_err() {
            *self = Self { stage: Stage::Over, ..Self::default() };
        }
        read
    }

    fn read(&mut self) -> Result<Vec<Message>, &'static str> {
        while self.stage == Stage::Head {
            let Some(end) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(Vec::new()) };
            let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
            self.stage = match head.strip_prefix(b"HTTP/1.1 ") {
                // A request.
                None => Stage::Frames,
                Some(status) if status.starts_with(b"101") => Stage::Frames,
                Some(status) if status.starts_with(b"1") => Stage::Head,
                Some(_) => return Err("the server refused the upgrade"),
            };
        }
        let mut messages = Vec::new();
        while let Some((header, payload)) = self.frame()? {
            messages.extend(self.message(&header, payload)?);
        }
        Ok(messages)
    }

    /// Takes the next frame from the bytes, unmasked.
    fn frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, &'static str> {
        let mut cursor = Cursor::new(&self.bytes);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| MALFORMED)? else {
            return Ok(None);
        };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err("a frame is compressed or extended");
        }
        let start = usize::try_from(cursor.position()).map_err(|_| TOO_LONG)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= LONGEST).ok_or(TOO_LONG)?;
        if self.bytes.len() < start + length {
            return Ok(None);
        }
        let mut payload: Vec<u8> = self.bytes.drain(..start + length).skip(start).collect();
        if let Some(mask) = header.mask {
            payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        }
        Ok(Some((header, payload)))
    }

    fn message(&mut self, header: &FrameHeader, payload: Vec<u8>) -> Result<Option<Message>, &'static str> {
        let kind = match header.opcode {
            OpCode::Control(Control::Ping) => return Ok(Some(Message { kind: "ping", payload })),
            OpCode::Control(Control::Pong) => return Ok(Some(Message { kind: "pong", payload })),
            OpCode::Control(Control::Close) => return Ok(Some(Message { kind: "close", payload })),
            OpCode::Data(Data::Continue) => "",
            OpCode::Data(Data::Text) => "text",
            OpCode::Data(Data::Binary) => "binary",
            OpCode::Data(Data::Reserved(_)) | OpCode::Control(Control::Reserved(_)) => return Err(MALFORMED),
        };
        let mut message = match (kind, self.fragments.take()) {
            ("", Some(begun)) => begun,
            ("", None) => return Err("a continuation of nothing"),
            (kind, _) => Message { kind, payload: Vec::new() },
        };
        if message.payload.len() + payload.len() > LONGEST {
            return Err(TOO_LONG);
        }
        message.payload.extend(payload);
        if header.is_final {
            return Ok(Some(message));
        }
        self.fragments = Some(message);
        Ok(None)
    }
}

const MALFORMED: &str = "a frame's header is malformed";
const TOO_LONG: &str = "a message is longer than 64 MiB";

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n";
    const FRAMES: &[u8] = b"\x01\x02he\x89\x01!\x80\x03llo\x82\x81\x01\x02\x03\x04\xfe\x88\x02\x03\xe8";

    fn expected() -> Vec<Message> {
        let message = |kind, payload: &[u8]| Message { kind, payload: payload.to_vec() };
        vec![
            message("ping", b"!"),
            message("text", b"hello"),
            message("binary", b"\xff"),
            message("close", b"\x03\xe8"),
        ]
    }

    #[test]
    fn messages_are_whole_however_their_bytes_come() {
        let bytes = [HEAD, FRAMES].concat();
        for size in 1..=bytes.len() {
            let mut decoder = Decoder::default();
            let found: Vec<_> = bytes.chunks(size).flat_map(|piece| decoder.feed(piece).expect("readable")).collect();
            assert_eq!(found, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_it_once() {
        for (bytes, reason) in [
            (&b"HTTP/1.1 503 No\r\n\r\n"[..], "the server refused the upgrade"),
            (b"GET / HTTP/1.1\r\n\r\n\xc1\x00", "a frame is compressed or extended"),
            (b"GET / HTTP/1.1\r\n\r\n\x80\x00", "a continuation of nothing"),
            (b"GET / HTTP/1.1\r\n\r\n\x83\x00", MALFORMED),
            (b"GET / HTTP/1.1\r\n\r\n\x81\x7f\x00\x00\x00\xff\x00\x00\x00\x00", TOO_LONG),
        ] {
            let mut decoder = Decoder::default();
            assert_eq!(decoder.feed(bytes), Err(reason));
            assert_eq!(decoder.feed(b"\x81\x01a"), Ok(Vec::new()));
        }
    }
}
