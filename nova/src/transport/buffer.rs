//! The one buffer that everything bound for the socket goes through.
//!
//! Frames are appended whole or not at all, so that no pong can split a message. Positions count every byte since the connection
//! began: what lies before [`handed`](OutBuffer::handed) may have reached the peer, what lies behind it has certainly not. That is
//! all there is to know about a request whose answer never came.

use bytes::{Buf, BytesMut};

use crate::error::{Error, Result};

/// What is kept allocated while there is nothing to write.
const KEEP: usize = 16 * 1024;

/// Bytes to write, in order.
pub(crate) struct OutBuffer {
    bytes: BytesMut,
    handed: u64,
    control_end: u64,
    bound: usize,
}

impl OutBuffer {
    /// Takes data frames while fewer than `bound` bytes wait, so it holds at most that and one append. Control frames are bounded by
    /// whoever appends them.
    pub(crate) fn new(bound: usize) -> Self {
        Self { bytes: BytesMut::new(), handed: 0, control_end: 0, bound }
    }

    /// Appends encoded data frames, all or nothing, and returns the position behind them.
    ///
    /// # Errors
    /// [`Error::OutboundFull`] while the bound is reached. What it is compared with is what waits already: were the new bytes counted
    /// too, a caller that has taken frames off its own bounded queue could be left with frames that fit nowhere.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Result<u64> {
        if self.bytes.len() >= self.bound {
            return Err(Error::OutboundFull { bytes: self.bound });
        }
        self.bytes.extend_from_slice(frames);
        Ok(self.appended())
    }

    /// Appends a control frame, whatever the bound.
    pub(super) fn append_control(&mut self, frames: &[u8]) {
        self.bytes.extend_from_slice(frames);
        self.control_end = self.appended();
    }

    /// Whether a control frame waits to be written.
    pub(super) fn holds_control(&self) -> bool {
        self.handed < self.control_end
    }

    /// What waits to be written.
    pub(super) fn pending(&self) -> &[u8] {
        &self.bytes
    }

    /// `count` bytes were handed to the system.
    pub(super) fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.handed += count as u64;
        if self.bytes.is_empty() && self.bytes.capacity() > KEEP {
            self.bytes = BytesMut::new();
        }
    }

    /// The position behind the last byte appended.
    pub(crate) fn appended(&self) -> u64 {
        self.handed + self.bytes.len() as u64
    }

    /// The position behind the last byte handed to the system.
    pub(crate) fn handed(&self) -> u64 {
        self.handed
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_its_bound_it_refuses_and_changes_nothing() {
        let mut out = OutBuffer::new(10);
        assert_eq!(out.append(b"12345678").expect("room"), 8);
        assert_eq!(out.append(b"901").expect("below the bound"), 11);
        assert!(matches!(out.append(b"2"), Err(Error::OutboundFull { bytes: 10 })));
        assert_eq!((out.appended(), out.len()), (11, 11));
        out.advance(3);
        assert_eq!((out.appended(), out.handed(), out.pending()), (11, 3, &b"45678901"[..]));
        assert_eq!(out.append(b"2").expect("room again"), 12);
    }

    #[test]
    fn control_frames_always_fit_and_are_remembered_until_handed() {
        let mut out = OutBuffer::new(4);
        out.append(b"1234").expect("room");
        out.append_control(b"pong");
        out.append(b"5").expect_err("full");
        out.advance(7);
        assert!(out.holds_control());
        out.advance(1);
        assert!(!out.holds_control());
    }
}
