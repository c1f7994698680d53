//! One connection in the hands of a test.

use std::{fmt, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::timeout;

use super::{
    conversation::Conversation,
    report::Failure,
    state::Shared,
    wire::{Received, Wire},
};
use crate::{
    frame::Frame,
    test::{Matcher, Scenario, scenario::Branch, transcript::frame_in_words},
};

/// The server's end of one connection: see [`MockServer::accept`](crate::test::MockServer::accept).
///
/// Pings and the client's close are answered while one of its methods is awaited; while none is, the client meets a peer that reads
/// nothing. What comes unexpectedly panics with the transcript. Dropping it drops the connection without a close frame.
pub struct Peer {
    conversation: Conversation,
    shared: Arc<Shared>,
    number: u64,
}

impl Peer {
    pub(super) fn new(wire: Wire) -> Self {
        let (shared, number) = (wire.shared().clone(), wire.number);
        Self { conversation: Conversation::on(wire), shared, number }
    }

    /// The connection's number; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next message; `None` once the client is gone, or closing.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    ///
    /// # Panics
    /// Where the client breaks the protocol.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            match self.next_frame().await? {
                frame if frame.is_data() => return Some(frame),
                _ => {}
            }
        }
    }

    /// The next frame of any kind, pings, pongs and the client's close included; they are answered. `None` once the client is gone.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing, but the last word to a client that has closed.
    ///
    /// # Panics
    /// Where the client breaks the protocol.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        loop {
            let received = self.conversation.next_or_end().await?;
            let frame = if let Received::Frame(frame) = &received { Some(frame.clone()) } else { None };
            if let Some(frame) = frame.clone().filter(Frame::is_data) {
                if self.conversation.ruled(&frame) {
                    continue;
                }
                return Some(frame);
            }
            if let Err(failure) = self.conversation.received(&mut Branch::default(), received).await {
                self.fail(failure);
            }
            if frame.is_some() {
                return frame;
            }
        }
    }

    /// The next message.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    ///
    /// # Panics
    /// Where the client goes away instead.
    pub async fn receive(&mut self) -> Frame {
        match self.next().await {
            Some(frame) => frame,
            None => self.fail(Failure::new("a message", "the end of the connection, by the client")),
        }
    }

    /// The next message as JSON.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    ///
    /// # Panics
    /// Where the client goes away instead, or sends something else.
    pub async fn receive_json(&mut self) -> Value {
        let frame = self.receive().await;
        match frame.as_text().map(serde_json::from_str) {
            Some(Ok(value)) => value,
            _ => self.fail(Failure::new("JSON", frame_in_words(&frame)).with_frame()),
        }
    }

    /// The next message, which is such a one.
    ///
    /// # Panics
    /// Where it is another, or the client goes away.
    pub async fn expect(&mut self, matcher: impl Into<Matcher>) -> Frame {
        let (frame, matcher) = (self.receive().await, matcher.into());
        match matcher.difference(&frame) {
            None => frame,
            difference => {
                self.fail(Failure::new(matcher.to_string(), frame_in_words(&frame)).with_frame().because(difference))
            }
        }
    }

    /// Expects a JSON message and answers it with another; returns the first.
    ///
    /// # Panics
    /// As [`expect`](Self::expect).
    pub async fn answer(&mut self, matcher: impl Into<Matcher>, reply: impl FnOnce(&Value) -> Value) -> Value {
        let frame = self.expect(matcher).await;
        let Some(Ok(request)) = frame.as_text().map(serde_json::from_str::<Value>) else {
            self.fail(Failure::new("JSON", frame_in_words(&frame)).with_frame());
        };
        self.send_json(reply(&request)).await;
        request
    }

    /// Nothing comes for so long: no message, no close, no end.
    ///
    /// # Panics
    /// Where something does.
    pub async fn expect_silence(&mut self, time: Duration) {
        match timeout(time, self.next()).await {
            Err(_) => {}
            Ok(Some(frame)) => {
                self.fail(Failure::new(format!("silence for {time:?}"), frame_in_words(&frame)).with_frame())
            }
            Ok(None) => self.fail(Failure::new(format!("silence for {time:?}"), "the end of the connection")),
        }
    }

    /// Plays the steps of a scenario on this connection.
    ///
    /// # Panics
    /// Where the client does not do as they say, and where they are not for one connection.
    pub async fn play(&mut self, steps: Scenario) {
        if let Err(reason) = steps.check(true) {
            panic!("the scenario cannot be played: {reason}");
        }
        let mut branch = Branch::new(steps);
        if let Err(failure) = self.conversation.play(&mut branch).await {
            self.fail(failure.at(format!(", at step {}", branch.done() + 1)));
        }
    }

    /// Sends a frame of any kind. Returns once it has left; false where the client is gone.
    pub async fn send(&mut self, frame: Frame) -> bool {
        self.write(|wire| wire.send(&frame)).await
    }

    /// Sends a text message, as [`send`](Self::send).
    pub async fn send_text(&mut self, text: impl Into<String>) -> bool {
        self.send(Frame::text(text.into())).await
    }

    /// Sends a JSON message as text, as [`send`](Self::send).
    pub async fn send_json(&mut self, value: impl Into<Value>) -> bool {
        self.send_text(value.into().to_string()).await
    }

    /// Writes bytes as they are, as [`send`](Self::send).
    pub async fn send_raw(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.write(|wire| wire.send_raw(bytes.as_ref())).await
    }

    async fn write(&mut self, write: impl FnOnce(&mut Wire)) -> bool {
        let Some(wire) = &mut self.conversation.wire else { return false };
        write(wire);
        wire.flush().await
    }

    /// Reads on to the end of the connection.
    pub async fn rest(mut self) {
        while self.next().await.is_some() {}
    }

    /// Closes the connection with this code; 1005 stands for a close without one. Waits for the client's close, ten seconds at most.
    pub async fn disconnect(mut self, code: u16) {
        self.play(Scenario::new().disconnect(code)).await;
    }

    /// Ends the connection without a close frame.
    pub async fn drop_tcp(mut self) {
        self.play(Scenario::new().drop_tcp()).await;
    }

    /// Ends the connection with a reset.
    pub async fn reset(mut self) {
        self.play(Scenario::new().reset()).await;
    }

    fn fail(&self, failure: Failure) -> ! {
        let failure =
            if failure.place.is_empty() { failure.at(format!(", on connection {}", self.number)) } else { failure };
        self.shared.fail(&failure);
        let mut progress = self.shared.progress();
        progress.told = true;
        let report = progress.failure.clone().unwrap_or_default();
        drop(progress);
        panic!("{report}");
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("number", &self.number).finish_non_exhaustive()
    }
}
