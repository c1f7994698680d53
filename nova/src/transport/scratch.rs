//! Reading the socket in large pieces without a large buffer a connection.
//!
//! A flood wants 64 KiB reads, ten thousand idle connections want none. So the buffer belongs to the thread: a connection takes the
//! box when bytes are there, feeds its small context from it, and puts it back once it is used up. Only a connection that was stopped
//! half way keeps its box until it goes on.

use std::{
    cell::Cell,
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

use crate::transport::BoxStream;

/// Bytes of one read.
const SIZE: usize = 64 * 1024;
/// Binary messages are copied out of a read into pieces of this size: one that is kept keeps no more than this alive. Of texts whoever
/// takes them keeps a copy.
const MESSAGES: usize = 8 * 1024;
/// The longest message that is copied so.
pub(super) const LONGEST_COPY: usize = MESSAGES / 2;

thread_local! {
    static SCRATCH: Cell<Option<Box<Piece>>> = const { Cell::new(None) };
}

/// What was read, and where messages are copied to from it.
struct Piece {
    bytes: Box<[u8]>,
    /// What is left for binary messages. Once all of them are gone, it is used again.
    messages: BytesMut,
}

impl Piece {
    fn of(bytes: Vec<u8>, messages: usize) -> Self {
        Self { bytes: bytes.into_boxed_slice(), messages: BytesMut::with_capacity(messages) }
    }

    /// Whether it is one of a thread's, and not what a connection began with.
    fn is_of_thread(&self) -> bool {
        self.bytes.len() == SIZE
    }
}

/// The unread part of the last piece read.
pub(super) struct Scratch {
    piece: Option<Box<Piece>>,
    at: usize,
    end: usize,
    received: u64,
}

impl Scratch {
    /// Begins with bytes that were read already.
    pub(super) fn new(rest: Vec<u8>) -> Self {
        let end = rest.len();
        Self { piece: (end > 0).then(|| Box::new(Piece::of(rest, 0))), at: 0, end, received: end as u64 }
    }

    /// The bytes not consumed yet.
    #[inline]
    pub(super) fn unread(&self) -> &[u8] {
        self.piece.as_ref().and_then(|piece| piece.bytes.get(self.at..self.end)).unwrap_or_default()
    }

    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// Some of the unread bytes, to be kept.
    #[inline]
    pub(super) fn copy(&mut self, range: Range<usize>) -> Bytes {
        let Some(piece) = &mut self.piece else { return Bytes::new() };
        piece.messages.extend_from_slice(&piece.bytes[self.at + range.start..self.at + range.end]);
        piece.messages.split().freeze()
    }

    /// How many bytes have been read off the socket, ever.
    #[inline]
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Reads the next piece; 0 is the end of the stream. What was unread is forgotten.
    pub(super) fn poll_refill(&mut self, stream: &mut BoxStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let own = self.piece.take().filter(|piece| piece.is_of_thread()).or_else(|| SCRATCH.take());
        let piece = self.piece.insert(own.unwrap_or_else(|| Box::new(Piece::of(vec![0; SIZE], MESSAGES))));
        let mut buffer = ReadBuf::new(&mut piece.bytes);
        (self.at, self.end) = (0, 0);
        ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
        self.end = buffer.filled().len();
        self.received += self.end as u64;
        Poll::Ready(Ok(self.end))
    }

    /// Puts the piece back once everything in it is consumed.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.at == self.end
            && let Some(piece) = self.piece.take()
            && piece.is_of_thread()
        {
            SCRATCH.set(Some(piece));
        }
    }
}
