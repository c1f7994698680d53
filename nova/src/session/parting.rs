//! A link that is over but for its last words: the close frame that a protocol error or the peer's own close asks for.
//!
//! Dropped at once, with bytes of the peer still unread, the system would answer them with a reset, and the reset can destroy the
//! close frame on its way. So the link is written and read out in the background, for at most a second.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use crate::{time::Instant, transport::Ws};

const PATIENCE: Duration = Duration::from_secs(1);

/// A link that is over but for its last words.
pub(super) struct Parting {
    ws: Ws,
    pub(super) by: Instant,
}

impl Parting {
    pub(super) fn new(ws: Ws, now: Instant) -> Self {
        Self { ws, by: now + PATIENCE }
    }

    /// Ready when nothing more can be done for it.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        if now >= self.by || matches!(self.ws.poll_flush(cx), Poll::Ready(Err(_))) {
            return Poll::Ready(());
        }
        loop {
            match self.ws.poll_next(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return self.ws.poll_shutdown(cx).map(|_| ()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
