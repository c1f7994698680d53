//! How a venue turns clients away and ends their connections: the same way for all of them.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::CloseFrame},
};

/// How long a closing connection is still read, so that what was written last is not lost to a reset.
const LINGER: Duration = Duration::from_secs(1);

/// How a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The link is gone, without a word.
    Cut,
    /// What was written arrives, then the link ends without a close frame.
    HangUp,
    Close(u16, String),
}

impl Ending {
    /// Ends a connection; `record` is shown the close frame, if there is one, before it leaves.
    pub(super) async fn end<S>(self, socket: &mut WebSocketStream<S>, record: impl FnOnce(&Message))
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let rest = async {
            match self {
                Self::Cut => return,
                Self::HangUp => drop(socket.flush().await),
                Self::Close(code, reason) => {
                    let frame = CloseFrame { code: code.into(), reason: reason.into() };
                    record(&Message::Close(Some(frame.clone())));
                    drop(socket.close(Some(frame)).await);
                }
            }
            drop(socket.get_mut().shutdown().await);
            while socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        };
        // Whoever does not end his side in time is cut off all the same.
        drop(timeout(LINGER, rest).await);
    }
}

/// Upgrades that are refused on command: so many, with this status.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    left: u32,
    status: u16,
}

impl Refusals {
    pub(super) fn new(times: u32, status: u16) -> Self {
        Self { left: times, status }
    }

    /// The status for the next upgrade, if it is to be refused.
    pub(super) fn next(&mut self) -> Option<u16> {
        self.left = self.left.checked_sub(1)?;
        Some(self.status)
    }
}
