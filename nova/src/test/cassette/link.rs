//! A link with a recorder at it: a byte stream like the one below, whose bytes are read along in both directions.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    recorder::{Tape, lock},
    wire::Decoder,
};
use crate::transport::BoxStream;

/// A recorded link.
pub(super) struct Link {
    stream: BoxStream,
    tape: Arc<Mutex<Tape>>,
    connection: u64,
    inbound: Decoder,
    outbound: Decoder,
    /// Whether the client has said its last.
    shut: bool,
    ended: bool,
}

impl Link {
    pub(super) fn new(stream: BoxStream, tape: Arc<Mutex<Tape>>, connection: u64) -> Self {
        let (inbound, outbound) = (Decoder::default(), Decoder::default());
        Self { stream, tape, connection, inbound, outbound, shut: false, ended: false }
    }

    fn note(&mut self, out: bool, bytes: &[u8]) {
        let decoder = if out { &mut self.outbound } else { &mut self.inbound };
        let read = decoder.feed(bytes);
        let mut tape = lock(&self.tape);
        match read {
            Ok(messages) => messages.into_iter().for_each(|message| tape.message(out, message, self.connection)),
            Err(reason) => tape.meta("lost", reason.to_owned(), self.connection),
        }
    }

    fn end(&mut self, by: &str) {
        if !std::mem::replace(&mut self.ended, true) {
            lock(&self.tape).meta("end", by.to_owned(), self.connection);
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let had_room = buffer.remaining() > 0;
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        let came = &buffer.filled()[before..];
        if read.is_err() || (came.is_empty() && had_room) {
            let by = if self.shut { "client" } else { "server" };
            self.end(by);
        } else {
            self.note(false, came);
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        match written {
            Ok(count) => self.note(true, &bytes[..count]),
            Err(_) => self.end("server"),
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end("client");
    }
}
