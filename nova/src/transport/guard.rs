//! Walks the headers of inbound frames before they are acted on.
//!
//! The context finds most violations itself, but late: after the payload has been allocated and read. It knows no limit of fragments and no
//! minimal lengths, and it rewrites a close code it dislikes. This sees every header first, stops at the first bad one, and lets all
//! bytes before it through, so that messages which came in order are still delivered.

use crate::{frame::CloseCode, transport::Limits};

/// Which rule was broken, and the code to close with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) code: CloseCode,
    pub(super) reason: &'static str,
}

/// Where in the stream of frames we are.
pub(super) struct Guard {
    limits: Limits,
    head: [u8; 10],
    head_len: usize,
    /// Payload bytes still to come of the current frame.
    left: u64,
    /// Fragments of the current message so far; 0 between messages.
    fragments: u32,
    message: u64,
    close: Option<CloseBytes>,
}

/// The first two payload bytes of the close frame.
#[derive(Clone, Copy, Default)]
struct CloseBytes {
    code: [u8; 2],
    len: usize,
}

impl Guard {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, head: [0; 10], head_len: 0, left: 0, fragments: 0, message: 0, close: None }
    }

    /// How many of these bytes may be acted on, at most those of one frame, and the rule that those behind them break.
    pub(super) fn admit(&mut self, bytes: &[u8]) -> (usize, Option<Violation>) {
        let mut at = 0;
        let mut frame_start = 0;
        while at < bytes.len() {
            // Nothing behind a close frame is acted on.
            if self.left == 0 && self.close.is_some() {
                return (bytes.len(), None);
            }
            if self.left > 0 {
                let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.see_close(&bytes[at..at + count]);
                self.left -= count as u64;
                at += count;
                if self.left == 0 {
                    break;
                }
                continue;
            }
            if self.head_len == 0 {
                frame_start = at;
            }
            self.head[self.head_len] = bytes[at];
            self.head_len += 1;
            at += 1;
            if let Err(violation) = self.head_grew() {
                return (frame_start, Some(violation));
            }
            // A frame without a payload.
            if self.head_len == 0 && self.left == 0 {
                break;
            }
        }
        (at, None)
    }

    /// Whether a message or frame has begun and not ended.
    #[inline]
    pub(super) fn in_message(&self) -> bool {
        self.fragments > 0 || self.left > 0 || self.head_len > 0
    }

    /// Whether the next byte begins a message, and nothing keeps it from being acted on.
    #[inline]
    pub(super) fn is_between_messages(&self) -> bool {
        !self.in_message() && self.close.is_none()
    }

    /// Whether a data frame of this length is a whole message that breaks no limit.
    #[inline]
    pub(super) fn takes_whole(&self, length: usize) -> bool {
        length <= self.limits.max_frame && length <= self.limits.max_message
    }

    /// Whether fragments of a message have come, but not the last.
    #[inline]
    pub(super) fn in_fragments(&self) -> bool {
        self.fragments > 0
    }

    /// The code of the close frame as the peer sent it.
    pub(super) fn close_code(&self) -> Option<CloseCode> {
        self.close.filter(|close| close.len == 2).map(|close| CloseCode(u16::from_be_bytes(close.code)))
    }

    fn see_close(&mut self, payload: &[u8]) {
        if let Some(close) = &mut self.close {
            for byte in payload.iter().take(2 - close.len) {
                close.code[close.len] = *byte;
                close.len += 1;
            }
        }
    }

    fn head_grew(&mut self) -> Result<(), Violation> {
        if self.head_len < 2 {
            return Ok(());
        }
        let (first, short) = (self.head[0], self.head[1] & 0x7f);
        if self.head_len == 2 {
            self.check_first(first, self.head[1])?;
        }
        let length = match (short, self.head_len) {
            (0..=125, _) => u64::from(short),
            (126, 4) => {
                let length = u16::from_be_bytes([self.head[2], self.head[3]]);
                protocol(length >= 126, "a length was not in its shortest form")?;
                u64::from(length)
            }
            (127, 10) => {
                let mut eight = [0; 8];
                eight.copy_from_slice(&self.head[2..]);
                let length = u64::from_be_bytes(eight);
                protocol(length >> 63 == 0, "a length has its highest bit set")?;
                protocol(length > 0xffff, "a length was not in its shortest form")?;
                length
            }
            _ => return Ok(()),
        };
        self.check_size(first, length)?;
        self.begin(first, length);
        Ok(())
    }

    fn check_first(&self, first: u8, second: u8) -> Result<(), Violation> {
        let (last, opcode) = (first & 0x80 != 0, first & 0x0f);
        protocol(first & 0x70 == 0, "a reserved bit is set")?;
        protocol(second & 0x80 == 0, "the server masked a frame")?;
        match opcode {
            0x0 => protocol(self.fragments > 0, "a continuation of nothing"),
            0x1 | 0x2 => protocol(self.fragments == 0, "a new message inside another"),
            0x8..=0xA => {
                protocol(last, "a control frame is fragmented")?;
                protocol(second <= 125, "a control frame is longer than 125 bytes")
            }
            _ => protocol(false, "an unknown opcode"),
        }
    }

    fn check_size(&self, first: u8, length: u64) -> Result<(), Violation> {
        if first & 0x08 != 0 {
            return Ok(());
        }
        size(length <= self.limits.max_frame as u64, "a frame is longer than connection.max_frame")?;
        let message = self.message.saturating_add(length);
        size(message <= self.limits.max_message as u64, "a message is longer than connection.max_message")?;
        size(self.fragments < self.limits.max_fragments, "a message has too many fragments")
    }

    fn begin(&mut self, first: u8, length: u64) {
        self.head_len = 0;
        self.left = length;
        match first & 0x0f {
            0x8 => self.close = Some(CloseBytes::default()),
            0x0..=0x2 if first & 0x80 != 0 => (self.fragments, self.message) = (0, 0),
            0x0..=0x2 => (self.fragments, self.message) = (self.fragments + 1, self.message + length),
            _ => {}
        }
    }
}

fn protocol(kept: bool, reason: &'static str) -> Result<(), Violation> {
    if kept { Ok(()) } else { Err(Violation { code: CloseCode::PROTOCOL, reason }) }
}

fn size(kept: bool, reason: &'static str) -> Result<(), Violation> {
    if kept { Ok(()) } else { Err(Violation { code: CloseCode::TOO_BIG, reason }) }
}
