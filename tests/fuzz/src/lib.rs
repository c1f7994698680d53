//! A platform before a peer that sends anything: what the engine does with a frame, without the engine.
//!
//! The peer's bytes are frames, one a line, text where they are UTF-8. An empty line is a link that dropped. Whatever comes, nothing
//! panics, nothing goes on for ever, what is sent in answer is JSON, and what is no message at all is handed to the client.

mod books;
mod typed;

pub use books::follow;

use nova::{
    CloseCode, Codec, Envelope, Error, Frame, Inbound, Incoming, Message, Outgoing, Params, Platform, Raw, codec::Json,
};
use serde::de::IgnoredAny;
use serde_json::Value;

/// What a platform may keep back, or ask for, of one frame: more would be a loop.
const AT_MOST: usize = 100_000;

/// The frames that these bytes are; `None` where the link drops.
pub fn lines(data: &[u8]) -> impl Iterator<Item = Option<Frame>> {
    data.split(|byte| *byte == b'\n').map(|line| (!line.is_empty()).then(|| frame(line)))
}

fn frame(bytes: &[u8]) -> Frame {
    match std::str::from_utf8(bytes) {
        Ok(text) => Frame::text(text),
        Err(_) => Frame::binary(bytes.to_vec()),
    }
}

/// A connection to the peer.
pub struct Peer<'p, P: Platform, R> {
    platform: &'p P,
    state: P::State,
    /// What is wanted, and the venue's answer to it.
    topics: &'p [(&'p str, &'p str)],
    read: R,
    tags: Vec<u64>,
}

impl<'p, P: Platform, R: FnMut(&Envelope<'_>)> Peer<'p, P, R> {
    /// A new connection, with these topics wanted and so confirmed. `read` is given each message and each result, to be decoded.
    pub fn new(platform: &'p P, topics: &'p [(&'p str, &'p str)], read: R) -> Self {
        let mut peer = Self { platform, state: P::State::default(), topics, read, tags: Vec::new() };
        peer.connect();
        peer
    }

    /// Everything that the peer sends.
    ///
    /// # Panics
    /// Where a promise is broken.
    pub fn play(&mut self, frames: impl IntoIterator<Item = Option<Frame>>) {
        for frame in frames {
            match frame {
                Some(frame) => self.frame(&frame),
                None => self.drop_link(&Error::closed(CloseCode(1_006), "")),
            }
        }
    }

    fn connect(&mut self) {
        self.tags.clear();
        self.platform.connected(&mut self.state);
        for (topic, answer) in self.topics {
            // Platforms without topics say so.
            let _ = self.platform.subscribe(&mut self.state, &[topic], &Params::new());
            self.platform.subscribed(&mut self.state, &[topic], Ok(answer));
            self.settle();
        }
    }

    fn drop_link(&mut self, error: &Error) {
        told(error);
        let _ = self.platform.ended(&mut self.state, error);
        let _ = self.platform.dial(&mut self.state);
        self.connect();
    }

    fn frame(&mut self, frame: &Frame) {
        let platform = self.platform;
        match platform.unpack(&mut self.state, frame) {
            Ok(Some(message)) => self.message(&message),
            Ok(None) => return,
            Err(error) => return self.drop_link(&error),
        }
        self.settle();
    }

    fn message(&mut self, frame: &Frame) {
        let platform = self.platform;
        let opened = Json.open(frame);
        let incoming = Incoming::opened(frame, opened.as_deref().map_err(String::as_str));
        let received = platform.receive(&mut self.state, incoming);
        let _ = platform.limit_news(&mut self.state);
        match received {
            Ok(inbound) => {
                let silent = matches!(inbound, Inbound::Ignored | Inbound::Alive | Inbound::Beat);
                assert!(!silent || could_be_a_message(frame), "swallowed: {frame:?}");
                self.meant(inbound);
            }
            Err(error) => told(&error),
        }
    }

    fn meant(&mut self, inbound: Inbound<'_>) {
        told(&inbound);
        match inbound {
            Inbound::Message { envelope, .. }
            | Inbound::Admitted { envelope, .. }
            | Inbound::Asked { envelope, .. } => {
                self.decode(&envelope);
            }
            Inbound::Acknowledge { ack, envelope } => {
                is_json(&ack);
                if let Some(envelope) = envelope {
                    self.decode(&envelope);
                }
            }
            Inbound::Reflex(outgoing) => is_json(&outgoing),
            Inbound::Reply { result, .. } => self.answered(&result),
            Inbound::Broken(error) => self.drop_link(&error),
            Inbound::Reconnect => self.drop_link(&Error::Recalled),
            _ => {}
        }
    }

    /// The answer to whatever may have been asked.
    fn answered(&mut self, result: &Result<&str, Error>) {
        if let Ok(text) = result {
            let frame = Frame::text(*text);
            (self.read)(&Envelope::whole(&frame, frame.as_text()));
        }
        told(&self.platform.logged_in(&mut self.state, result.clone()));
        for (topic, _) in self.topics {
            told(&self.platform.subscribed(&mut self.state, &[topic], result.clone()));
        }
        for tag in std::mem::take(&mut self.tags) {
            let inbound = self.platform.informed(&mut self.state, tag, result.clone());
            told(&inbound);
            if let Inbound::Message { envelope, .. } = inbound {
                self.decode(&envelope);
            }
        }
    }

    fn decode(&mut self, envelope: &Envelope<'_>) {
        let raw = Raw::decode(envelope, &Json).expect("whatever comes is a raw message");
        assert_eq!(raw.channel(), envelope.channel());
        told(&raw);
        let _ = raw.data::<Value>();
        (self.read)(envelope);
    }

    /// What was kept back, and what the platform wants to know.
    fn settle(&mut self) {
        for _ in 0..AT_MOST {
            let Some(frame) = self.platform.held(&mut self.state) else { break };
            self.message(&frame);
        }
        assert!(self.platform.held(&mut self.state).is_none(), "it keeps frames back for ever");
        while let Some(inquiry) = self.platform.inquire(&mut self.state) {
            is_json(&inquiry.call);
            self.tags.push(inquiry.tag);
            assert!(self.tags.len() < AT_MOST, "it asks for ever");
        }
    }
}

/// Whatever is shown to somebody can be shown.
fn told(shown: &impl std::fmt::Debug) {
    let _ = format!("{shown:?}");
}

fn is_json(outgoing: &Outgoing) {
    if let Some(text) = outgoing.text() {
        // Not a `Value`: what is sent back may be a number that no type of Rust's holds.
        let read: Result<IgnoredAny, _> = serde_json::from_str(text);
        assert!(read.is_ok(), "no JSON is sent: {text}");
    }
}

/// Whether a frame could be a message of a venue's; `pong` is what the described one is said to answer.
fn could_be_a_message(frame: &Frame) -> bool {
    frame.payload() == b"pong" || matches!(frame.payload().trim_ascii_start().first(), Some(b'{' | b'['))
}
