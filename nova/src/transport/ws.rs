//! A WebSocket over a byte stream, driven by the task that owns it.
//!
//! tungstenite's context does the protocol, nova everything around it: large reads into the thread's scratch, messages that need no
//! protocol cut straight from them, one outbound buffer for data and control frames, the close frame after a violation, and an
//! orderly end. There is no waker but the task's own and no channel between socket and handler.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::{
    Error as WsError, Message,
    error::ProtocolError,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

use crate::{
    error::{Error, Outcome, Result},
    frame::{Close, CloseCode, Frame, Text},
    transport::{
        BoxStream, OutBuffer,
        link::{AtHand, Link, Wire},
    },
};

/// The context's read buffer: each connection has one, and it is zeroed at every read, so small is fast. What does not lie whole in
/// a read goes through it, in pieces of this size.
const READ_BUFFER: usize = 256;
/// What the context may hold back of pongs and closes while the peer does not read.
const CONTROL_BUFFER: usize = 512;
/// What a control frame has room for beside the close code.
const MAX_REASON: usize = 123;

/// What is refused from the peer, and what may wait to be written to it. In bytes, but for the fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "the names of the settings they come from")]
pub(crate) struct Limits {
    pub(crate) max_frame: usize,
    pub(crate) max_message: usize,
    /// Frames that one message may be split into.
    pub(crate) max_fragments: u32,
    /// Data frames are refused while this many bytes wait; see [`OutBuffer`].
    pub(crate) max_outbound: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_frame: 4 << 20, max_message: 16 << 20, max_fragments: 131_072, max_outbound: 4 << 20 }
    }
}

/// A connected WebSocket.
pub(crate) struct Ws {
    context: WebSocketContext,
    link: Link,
    /// The context may have a pong or close to write.
    control_due: bool,
    /// Why no further frame will come.
    end: Option<Box<Error>>,
}

impl Ws {
    /// `rest` is what was read behind the upgrade's answer.
    pub(crate) fn new(stream: BoxStream, rest: Vec<u8>, limits: Limits) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(CONTROL_BUFFER)
            .max_frame_size(Some(limits.max_frame))
            .max_message_size(Some(limits.max_message));
        Self {
            context: WebSocketContext::new(Role::Client, Some(config)),
            link: Link::new(stream, rest, limits),
            control_due: false,
            end: None,
        }
    }

    /// The next frame. Pings are answered already, but the answer leaves with the next [`poll_flush`](Self::poll_flush).
    ///
    /// After the peer's close frame, or an error, whatever else comes is thrown away until the peer hangs up; then the error is told,
    /// again and again ([`Error::Closed`] after a close frame). Whoever closes in order flushes and waits for that, within a deadline.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame>> {
        if let Some(end) = &self.end {
            ready!(self.link.poll_discard(cx));
            return Poll::Ready(Err(Error::clone(end)));
        }
        if ready!(self.poll_arrival(cx))?
            && let Some(message) = self.link.take_whole(|message| Frame::from(message))
        {
            return Poll::Ready(Ok(message));
        }
        let read = self.context.read(&mut Wire { link: &mut self.link, cx, force: false });
        self.link.scratch.release();
        match read {
            Ok(message) => Poll::Ready(self.take(message)),
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            Err(error) => Poll::Ready(Err(self.fail(error))),
        }
    }

    /// Between messages, waits for the first bytes of the next: true, and [`at_hand`](Self::at_hand) may have it. False where
    /// [`poll_next`](Self::poll_next) has to be asked.
    pub(crate) fn poll_arrival(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        if !self.is_between_messages() {
            return Poll::Ready(Ok(false));
        }
        match self.link.poll_fill(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(true)),
            Poll::Ready(Err(source)) => Poll::Ready(Err(self.lose(source))),
            Poll::Pending => {
                self.link.scratch.release();
                Poll::Pending
            }
        }
    }

    /// Takes the next message, if all of it was read already and no protocol is needed for it.
    #[inline]
    pub(crate) fn at_hand<T>(&mut self, take: impl FnOnce(AtHand<'_>) -> T) -> Option<T> {
        if self.is_between_messages() { self.link.take_whole(take) } else { None }
    }

    /// Whether the next byte begins a message that is still read.
    #[inline]
    fn is_between_messages(&self) -> bool {
        self.end.is_none() && self.link.guard.is_between_messages()
    }

    /// Reading rests: what was read and used up goes back to the thread.
    pub(crate) fn rest(&mut self) {
        self.link.scratch.release();
    }

    /// Whether bytes are at hand that need no read of the socket: a caller that stops here keeps a scratch buffer from its thread.
    pub(crate) fn has_unread(&self) -> bool {
        !self.link.scratch.unread().is_empty()
    }

    /// Whether a message has begun to arrive and is not complete.
    pub(crate) fn in_message(&self) -> bool {
        self.link.guard.in_message()
    }

    /// Whether fragments of a message have come, but not the last.
    pub(crate) fn in_fragments(&self) -> bool {
        self.link.guard.in_fragments()
    }

    /// How many bytes have come from the peer, ever: any of them is a sign of life.
    pub(crate) fn received(&self) -> u64 {
        self.link.scratch.received()
    }

    /// Appends encoded data or ping frames, all or nothing; returns the position behind them, to be compared with
    /// [`handed`](Self::handed).
    ///
    /// # Errors
    /// [`Error::OutboundFull`] at the bound; [`Error::Disconnected`] with `NotSent` once a close frame was sent or received.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Result<u64> {
        if !self.can_write() {
            return Err(Error::Disconnected { outcome: Outcome::NotSent });
        }
        self.link.out.append(frames)
    }

    /// Whether data may still be appended.
    pub(crate) fn can_write(&self) -> bool {
        self.end.is_none() && self.link.broken.is_none() && self.context.can_write()
    }

    /// The outbound buffer.
    pub(crate) fn buffer(&self) -> &OutBuffer {
        &self.link.out
    }

    /// The position behind the last byte handed to the system: what lies before it may have arrived.
    pub(crate) fn handed(&self) -> u64 {
        self.link.out.handed()
    }

    /// Writes what waits, pongs and closes included; `Ready(Ok)` once nothing is left.
    ///
    /// # Errors
    /// [`Error::Lost`]. Frames the peer sent before may still be read.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            if self.control_due {
                let before = self.link.out.appended();
                let flushed = self.context.flush(&mut Wire { link: &mut self.link, cx, force: false });
                let blocked = matches!(flushed, Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock);
                // One flush may leave the latest pong behind, where its buffer was full before.
                self.control_due = blocked || self.link.out.appended() > before;
            }
            if let Err(error) = ready!(self.link.poll_write(cx)) {
                return Poll::Ready(Err(Error::Lost { source: error }));
            }
            if !self.control_due {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Queues a close frame behind everything appended; the reason is cut to 123 bytes. A code that may not be sent (1005, 1006) makes
    /// it a close frame without code. Does nothing once closing.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) {
        let reason = cut(reason, MAX_REASON);
        let frame = code.is_sendable().then(|| CloseFrame { code: code.0.into(), reason: reason.into() });
        // Closing only writes, and into a buffer: nobody needs waking.
        let mut cx = Context::from_waker(Waker::noop());
        let mut wire = Wire { link: &mut self.link, cx: &mut cx, force: true };
        // Held-back pongs first, buffered ones and then the latest: none may follow the close frame, and it must fit. Nothing here
        // fails, as the forced wire takes everything, and a context that has ended has nothing to say.
        let _ = self.context.flush(&mut wire);
        let _ = self.context.flush(&mut wire);
        let _ = self.context.close(&mut wire, frame);
        self.control_due = true;
    }

    /// Flushes, then ends our direction of the stream.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_flush(cx))?;
        let shut = ready!(Pin::new(&mut self.link.stream).poll_shutdown(cx));
        Poll::Ready(shut.map_err(|error| Error::Lost { source: Arc::new(error) }))
    }

    fn take(&mut self, message: Message) -> Result<Frame> {
        match message {
            Message::Text(text) => Ok(Frame::Text(Text::from_utf8_bytes(text))),
            Message::Binary(bytes) => Ok(Frame::Binary(bytes)),
            Message::Ping(bytes) => {
                self.control_due = true;
                Ok(Frame::Ping(bytes))
            }
            Message::Pong(bytes) => Ok(Frame::Pong(bytes)),
            Message::Close(close) => self.take_close(close),
            Message::Frame(_) => unreachable!("the context never reads raw frames"),
        }
    }

    fn take_close(&mut self, close: Option<CloseFrame>) -> Result<Frame> {
        self.control_due = true;
        // The context has replaced a code it does not know; its reply says 1002 then.
        let close = match (close, self.link.guard.close_code()) {
            (Some(frame), Some(code)) if u16::from(frame.code) == code.0 => {
                Some(Close { code, reason: Text::from_utf8_bytes(frame.reason) })
            }
            (Some(_), Some(code)) if code.is_sendable() => Some(Close { code, reason: Text::default() }),
            (Some(_), code) => {
                let code = code.unwrap_or(CloseCode::NO_STATUS);
                let reason = format!("the close code {code} may not be sent").into();
                let error = Error::Protocol { code: CloseCode::PROTOCOL, reason };
                self.end = Some(Box::new(error.clone()));
                return Err(error);
            }
            (None, _) => None,
        };
        self.end = Some(Box::new(match &close {
            Some(close) => Error::closed(close.code, close.reason.as_str()),
            None => Error::closed(CloseCode::NO_STATUS, ""),
        }));
        Ok(Frame::Close(close))
    }

    /// The end of reading. Where the peer broke a rule, it is told which.
    fn fail(&mut self, error: WsError) -> Error {
        let (code, reason): (_, Arc<str>) = match (self.link.violation.take(), error) {
            (Some(violation), _) => (violation.code, violation.reason.into()),
            (None, WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) | WsError::ConnectionClosed) => {
                let source = io::Error::new(io::ErrorKind::UnexpectedEof, "the peer hung up without a close frame");
                return self.lose(source);
            }
            (None, WsError::Io(source)) => return self.lose(source),
            (None, WsError::Utf8(_)) => (CloseCode::INVALID, "text that is not UTF-8".into()),
            (None, WsError::Capacity(error)) => (CloseCode::TOO_BIG, error.to_string().into()),
            (None, WsError::Protocol(error)) => (CloseCode::PROTOCOL, error.to_string().into()),
            (None, error) => (CloseCode::PROTOCOL, error.to_string().into()),
        };
        self.close(code, &reason);
        let error = Error::Protocol { code, reason };
        self.end = Some(Box::new(error.clone()));
        error
    }

    fn lose(&mut self, source: io::Error) -> Error {
        self.link.hung_up = true;
        let error = Error::Lost { source: Arc::new(source) };
        self.end = Some(Box::new(error.clone()));
        error
    }
}

/// At most `limit` bytes of the text, whole characters only.
fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}
