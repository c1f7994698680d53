//! One live connection: its WebSocket, its heartbeat, and how far the client's bytes have come on it.

use std::{
    collections::VecDeque,
    task::{Context, Poll},
};

use bytes::BytesMut;
use secrecy::SecretString;

use super::heartbeat::HeartbeatTimer;
use crate::{
    error::Result,
    frame::{Close, Frame},
    message::Raw,
    shared::Outbox,
    time::Instant,
    transport::{AtHand, Ws},
};

/// Bytes moved to the socket's buffer while less than this waits there; the rest waits where it can be counted.
const FILL: usize = 256 * 1024;

/// One live connection.
pub(crate) struct Leg {
    pub(crate) ws: Ws,
    /// The query of the address it was made to: keys and tickets stand there.
    pub(crate) query: Option<SecretString>,
    pub(crate) opened: Instant,
    pub(crate) heartbeat: HeartbeatTimer,
    /// The payload of the ping whose pong is waited for.
    pub(crate) ping: Option<[u8; 8]>,
    /// The peer's close frame.
    pub(crate) close: Option<Close>,
    /// Whether our close frame is on its way.
    pub(crate) closing: bool,
    /// Stretches of the client's byte stream that were moved here: (its start, its length, where it stands in the socket's stream).
    moved: VecDeque<(u64, u64, u64)>,
    /// The client's position up to which everything was handed to the system.
    handed: u64,
    spare: BytesMut,
    received: u64,
    /// When the last bytes were read, and how many had come by then.
    read_at: (Instant, u64),
    /// Frames and bytes of payload that were read since this was last asked.
    read: (u64, u64),
    /// Frames and bytes that were written since this was last asked.
    sent: (u64, u64),
    /// When the message that is arriving began to.
    pub(crate) message_since: Option<Instant>,
}

impl Leg {
    pub(crate) fn new(ws: Ws, heartbeat: HeartbeatTimer, query: Option<SecretString>, now: Instant) -> Self {
        Self {
            ws,
            query,
            opened: now,
            heartbeat,
            ping: None,
            close: None,
            closing: false,
            moved: VecDeque::new(),
            handed: 0,
            spare: BytesMut::new(),
            received: 0,
            read_at: (now, 0),
            read: (0, 0),
            sent: (0, 0),
            message_since: None,
        }
    }

    /// The next frame.
    #[inline]
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame>> {
        let read = self.ws.poll_next(cx);
        if let Poll::Ready(Ok(frame)) = &read {
            self.read = (self.read.0 + 1, self.read.1 + frame.len() as u64);
        }
        read
    }

    /// The next message, if it lies whole in what was read: as [`poll_next`](Self::poll_next), but for the socket.
    #[inline]
    pub(crate) fn at_hand(&mut self) -> Option<Raw> {
        let message = self.ws.at_hand(|message| match message {
            AtHand::Text(text) => Raw::of_text(text),
            AtHand::Binary(bytes) => Raw::of(Frame::Binary(bytes)),
        })?;
        self.read = (self.read.0 + 1, self.read.1 + message.bytes() as u64);
        Some(message)
    }

    /// Whether nobody has asked yet when what is being read came.
    #[inline]
    pub(crate) fn is_first_of_read(&self) -> bool {
        self.read_at.1 != self.ws.received()
    }

    /// When what is being read came: the clock is asked once a read, not once a frame.
    #[inline]
    pub(crate) fn read_at(&mut self) -> Instant {
        if self.is_first_of_read() {
            self.read_at = (Instant::now(), self.ws.received());
        }
        self.read_at.0
    }

    /// Whether bytes have come since this was last asked.
    pub(crate) fn heard(&mut self) -> bool {
        let received = self.ws.received();
        std::mem::replace(&mut self.received, received) != received
    }

    /// Frames and bytes that were read, and those that were written, since this was last asked.
    pub(crate) fn traffic(&mut self) -> [(u64, u64); 2] {
        [std::mem::take(&mut self.read), std::mem::take(&mut self.sent)]
    }

    /// Moves what waits in the outbox to the socket, and writes.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>, outbox: &std::sync::Mutex<Outbox>) -> Poll<Result<()>> {
        loop {
            // Nobody wakes the task for what the outbox keeps meanwhile: whoever appends to it finds bytes there.
            let full = self.ws.buffer().len() >= FILL;
            self.take_from(outbox)?;
            match self.ws.poll_flush(cx) {
                Poll::Ready(Ok(())) if full => {}
                done => {
                    self.note_handed();
                    return done;
                }
            }
        }
    }

    fn take_from(&mut self, outbox: &std::sync::Mutex<Outbox>) -> Result<()> {
        if self.ws.buffer().len() >= FILL || !self.ws.can_write() {
            return Ok(());
        }
        let Some((start, frames)) = crate::shared::lock(outbox).take_bytes(&mut self.spare) else { return Ok(()) };
        let length = self.spare.len() as u64;
        self.sent = (self.sent.0 + frames, self.sent.1 + length);
        let end = self.ws.append(&self.spare)?;
        self.spare.clear();
        self.moved.push_back((start, length, end - length));
        self.note_handed();
        Ok(())
    }

    fn note_handed(&mut self) {
        let handed = self.ws.handed();
        while let Some((start, length, at)) = self.moved.front().copied() {
            if handed <= at {
                break;
            }
            let taken = (handed - at).min(length);
            self.handed = start + taken;
            if taken < length {
                break;
            }
            self.moved.pop_front();
        }
    }

    /// Up to which of the client's bytes the system has taken: what stands before may have arrived.
    pub(crate) fn handed(&mut self) -> u64 {
        self.note_handed();
        self.handed
    }

    /// Up to which of the client's bytes were moved here: what stands before leaves, unless the link is dropped at once.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.back().map_or(self.handed, |(start, length, _)| start + length)
    }
}
