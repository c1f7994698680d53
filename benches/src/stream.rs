//! A byte stream within the process whose other end is a [`Peer`]: no kernel, no second task, so that all that is measured is the client.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    peer::Peer,
    wire::{Decoder, upgrade},
};

/// Bytes that one read has at most.
pub const READ: usize = 64 * 1024;

/// The client's end.
#[derive(Debug)]
pub struct Memory<P> {
    peer: P,
    /// The upgrade request so far; nothing once it was answered.
    request: Option<Vec<u8>>,
    decoder: Decoder,
    /// What the peer has answered and nobody has read.
    answers: Vec<u8>,
    read: usize,
    reader: Option<Waker>,
    /// The client says no more; who has nothing left to read has all.
    ended: bool,
}

impl<P: Peer> Memory<P> {
    /// A connection to this peer, which waits for the upgrade.
    pub fn new(peer: P) -> Self {
        let request = Some(Vec::new());
        Self { peer, request, decoder: Decoder::default(), answers: Vec::new(), read: 0, reader: None, ended: false }
    }

    fn take(&mut self, bytes: &[u8]) {
        let Some(request) = &mut self.request else {
            let Self { peer, decoder, answers, .. } = self;
            return decoder.read(bytes, |frame| peer.received(&frame, answers));
        };
        request.extend_from_slice(bytes);
        if let Some((answer, end)) = upgrade(request) {
            let rest = request.split_off(end);
            self.answers.extend_from_slice(answer.as_bytes());
            self.request = None;
            self.take(&rest);
        }
    }
}

impl<P> Memory<P> {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl<P: Peer> AsyncRead for Memory<P> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let unread = &this.answers[this.read..];
        if !unread.is_empty() {
            let count = unread.len().min(buffer.remaining()).min(READ);
            buffer.put_slice(&unread[..count]);
            this.read += count;
            if this.read == this.answers.len() {
                this.answers.clear();
                this.read = 0;
            }
            return Poll::Ready(Ok(()));
        }
        if this.ended {
            return Poll::Ready(Ok(()));
        }
        if this.request.is_none() && this.peer.poll_push(cx, buffer).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !this.reader.as_ref().is_some_and(|reader| reader.will_wake(cx.waker())) {
            this.reader = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl<P: Peer> AsyncWrite for Memory<P> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.take(bytes);
        self.wake();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ended = true;
        self.wake();
        Poll::Ready(Ok(()))
    }
}
