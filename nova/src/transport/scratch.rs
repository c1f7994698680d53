//! Reading the socket in large pieces without a large buffer a connection.
//!
//! A flood wants 64 KiB reads, ten thousand idle connections want none. So the buffer belongs to the thread: a connection takes the
//! box when bytes are there, feeds its small context from it, and puts it back once it is used up. Only a connection that was stopped
//! half way keeps its box until it goes on.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

use crate::transport::BoxStream;

const SIZE: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// The unread part of the last piece read.
pub(super) struct Scratch {
    piece: Box<[u8]>,
    at: usize,
    end: usize,
    received: u64,
}

impl Scratch {
    /// Begins with bytes that were read already.
    pub(super) fn new(rest: Vec<u8>) -> Self {
        let end = rest.len();
        Self { piece: rest.into_boxed_slice(), at: 0, end, received: end as u64 }
    }

    /// The bytes not consumed yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.piece[self.at..self.end]
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// How many bytes have been read off the socket, ever.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Reads the next piece; 0 is the end of the stream. What was unread is forgotten.
    pub(super) fn poll_refill(&mut self, stream: &mut BoxStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.piece.len() != SIZE {
            self.piece = SCRATCH.take().unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        }
        let mut buffer = ReadBuf::new(&mut self.piece);
        (self.at, self.end) = (0, 0);
        ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
        self.end = buffer.filled().len();
        self.received += self.end as u64;
        Poll::Ready(Ok(self.end))
    }

    /// Puts the box back once everything in it is consumed.
    pub(super) fn release(&mut self) {
        if self.at == self.end && !self.piece.is_empty() {
            let piece = std::mem::take(&mut self.piece);
            (self.at, self.end) = (0, 0);
            if piece.len() == SIZE {
                SCRATCH.set(Some(piece));
            }
        }
    }
}
