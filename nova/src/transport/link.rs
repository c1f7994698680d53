//! The stream with everything around it that the protocol context reads from and writes to.
//!
//! The context asks for bytes synchronously. [`Wire`] answers it from the thread's scratch, refilled from the socket with the task's
//! own waker, so no proxy waker stands between; and takes what it writes into the one outbound buffer, never to the socket.

use std::{
    io::{self, Read, Write},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use simdutf8::basic::from_utf8;
use tokio::io::AsyncWrite;

use crate::{
    frame::Frame,
    transport::{
        BoxStream, Limits, OutBuffer,
        guard::{Guard, Violation},
        scratch::{LONGEST_COPY, Scratch},
        whole::{Whole, whole},
    },
};

/// How many pieces are thrown away in one poll while waiting for the peer to hang up.
const DISCARDS: usize = 16;

/// A message that lies whole in what was read.
pub(crate) enum AtHand<'a> {
    /// To be copied: the next read overwrites it.
    Text(&'a str),
    /// It is a copy already.
    Binary(Bytes),
}

impl From<AtHand<'_>> for Frame {
    fn from(message: AtHand<'_>) -> Self {
        match message {
            AtHand::Text(text) => Self::text(text.to_owned()),
            AtHand::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

/// Everything around the context that its adapter needs.
pub(super) struct Link {
    pub(super) stream: BoxStream,
    pub(super) scratch: Scratch,
    pub(super) guard: Guard,
    pub(super) violation: Option<Violation>,
    pub(super) out: OutBuffer,
    /// Bytes were handed over since the stream was last flushed.
    unflushed: bool,
    pub(super) hung_up: bool,
    pub(super) broken: Option<Arc<io::Error>>,
}

impl Link {
    pub(super) fn new(stream: BoxStream, rest: Vec<u8>, limits: Limits) -> Self {
        Self {
            stream,
            scratch: Scratch::new(rest),
            guard: Guard::new(limits),
            violation: None,
            out: OutBuffer::new(limits.max_outbound),
            unflushed: false,
            hung_up: false,
            broken: None,
        }
    }

    /// Between messages takes the next one, if all of it lies at hand in one frame that breaks no rule: then no protocol is needed.
    /// Most do.
    #[inline(always)]
    pub(super) fn take_whole<T>(&mut self, take: impl FnOnce(AtHand<'_>) -> T) -> Option<T> {
        let Whole { is_text, payload } = whole(self.scratch.unread())?;
        if !self.guard.takes_whole(payload.len()) || payload.len() > LONGEST_COPY {
            return None;
        }
        let message = if is_text {
            AtHand::Text(from_utf8(self.scratch.unread().get(payload.clone())?).ok()?)
        } else {
            AtHand::Binary(self.scratch.copy(payload.clone()))
        };
        let taken = take(message);
        self.scratch.consume(payload.end);
        Some(taken)
    }

    /// Waits until something is at hand that was not read yet.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.scratch.unread().is_empty() && ready!(self.scratch.poll_refill(&mut self.stream, cx))? == 0 {
            let why = "the peer hung up without a close frame";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, why)));
        }
        Poll::Ready(Ok(()))
    }

    /// Writes all that waits and flushes the stream. The first failure stays.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Arc<io::Error>>> {
        let written = ready!(self.poll_write_all(cx));
        if let Err(error) = written {
            self.broken.get_or_insert_with(|| Arc::new(error));
        }
        Poll::Ready(self.broken.clone().map_or(Ok(()), Err))
    }

    fn poll_write_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken.is_some() {
            return Poll::Ready(Ok(()));
        }
        while !self.out.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, self.out.pending()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.out.advance(count),
            }
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Throws away what comes; ready once the peer has hung up.
    pub(super) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..DISCARDS {
            if self.hung_up {
                return Poll::Ready(());
            }
            let read = self.scratch.poll_refill(&mut self.stream, cx);
            self.scratch.consume(self.scratch.unread().len());
            self.scratch.release();
            if !matches!(ready!(read), Ok(1..)) {
                self.hung_up = true;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What the context reads from and writes to: the link, seen with the task's own waker.
pub(super) struct Wire<'a, 'b> {
    pub(super) link: &'a mut Link,
    pub(super) cx: &'a mut Context<'b>,
    /// Take control frames although others wait.
    pub(super) force: bool,
}

impl Read for Wire<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let link = &mut *self.link;
        if link.violation.is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if link.scratch.unread().is_empty() {
            match link.scratch.poll_refill(&mut link.stream, self.cx) {
                Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(end) => return end,
            }
        }
        let unread = link.scratch.unread();
        let count = unread.len().min(buffer.len());
        let (admitted, violation) = link.guard.admit(&unread[..count]);
        buffer[..admitted].copy_from_slice(&unread[..admitted]);
        // Never more than a frame, so that the context holds nothing back when the next begins.
        link.scratch.consume(admitted);
        link.violation = violation;
        // An empty read would be the end of the stream.
        if admitted == 0 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(admitted) }
    }
}

impl Write for Wire<'_, '_> {
    /// All or nothing. While an earlier control frame waits, the context keeps its own, and of pongs only a few: so a flood of pings
    /// at a peer that does not read costs nothing.
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        if !self.force && self.link.out.holds_control() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.link.out.append_control(frames);
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
