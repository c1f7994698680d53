//! No protocol at all: what is sent is what is meant. For echo servers, tests and demonstrations.

use super::{Inbound, Incoming, Platform, PlatformSpec, Spec};
use crate::{
    codec::Json,
    error::{Error, Result},
    frame::Frame,
    message::{Envelope, Outgoing},
};

/// A server without a protocol. Text stays text, binary stays binary, of any length; the address comes from `.url(..)`.
///
/// Calls and subscriptions are [`Error::Unsupported`]: an answer could be told from another only by its order.
///
/// ```
/// let greeted = nova::platform::Echo::new().skip_banner();
/// assert_ne!(format!("{greeted:?}"), format!("{:?}", nova::platform::Echo::new()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Echo {
    skip_banner: bool,
}

impl Echo {
    /// A server that says nothing on its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first message of each connection is a greeting and is not delivered.
    pub fn skip_banner(mut self) -> Self {
        self.skip_banner = true;
        self
    }
}

/// What is remembered of a connection to an echo server.
#[derive(Debug, Default)]
pub struct State {
    greeted: bool,
}

impl PlatformSpec for Echo {
    type Codec = Json;

    const SPEC: Spec = Spec::new("echo", "");
}

impl Platform for Echo {
    type State = State;

    fn connected(&self, state: &mut State) {
        *state = State::default();
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        if self.skip_banner && !std::mem::replace(&mut state.greeted, true) {
            return Ok(Inbound::Ignored);
        }
        // Not the codec's text: that has lost a byte order mark, and a binary message is no text here.
        let text = match incoming.frame {
            Frame::Text(text) => Some(text.as_str()),
            _ => None,
        };
        Ok(Inbound::message(Envelope::whole(incoming.frame, text)))
    }

    fn request(&self, _id: u64, _method: &str, _params: Option<&str>) -> Result<Outgoing> {
        Err(Error::Unsupported { platform: Self::SPEC.name, what: "calls" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::Codec, message::Params};

    fn received(echo: &Echo, state: &mut State, frame: &Frame) -> Option<(Frame, Option<String>)> {
        let text = Json.open(frame).ok();
        match echo.receive(state, Incoming::new(frame, text.as_deref())).unwrap() {
            Inbound::Message { envelope, .. } => {
                assert!(envelope.channel().is_none());
                Some((envelope.frame().clone(), envelope.text().map(str::to_owned)))
            }
            Inbound::Ignored => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_message_comes_as_it_is() {
        for text in ["", "hello", "\u{feff}{}", "ü€😀", &"x".repeat(100_000)] {
            let (frame, own) = (Frame::text(text), Some(text.to_owned()));
            assert_eq!(received(&Echo::new(), &mut State::default(), &frame), Some((frame, own)));
        }
        for bytes in [vec![], b"{}".to_vec(), vec![0xff; 100_000]] {
            let frame = Frame::binary(bytes);
            assert_eq!(received(&Echo::new(), &mut State::default(), &frame), Some((frame, None)));
        }
    }

    #[test]
    fn a_greeting_is_skipped_once_a_connection() {
        let (echo, mut state) = (Echo::new().skip_banner(), State::default());
        let frame = Frame::text("Request served by x");
        for _ in 0..2 {
            echo.connected(&mut state);
            assert!(received(&echo, &mut state, &frame).is_none());
            assert!(received(&echo, &mut state, &frame).is_some());
        }
    }

    #[test]
    fn calls_and_subscriptions_are_unsupported() {
        let (echo, mut state) = (Echo::new(), State::default());
        let errors = [
            echo.request(1, "a", None).unwrap_err(),
            echo.subscribe(&mut state, &["a"], &Params::new()).unwrap_err(),
            echo.unsubscribe(&mut state, &["a"]).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| matches!(error, Error::Unsupported { platform: "echo", .. })));
    }
}
