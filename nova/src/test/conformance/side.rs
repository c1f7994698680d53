//! How a platform's server talks: what the suite must know of it to play it.

use std::time::Duration;

use crate::{auth::Credentials, frame::Frame, message::Topic, platform::Platform};

/// What a message of the client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// To be logged in, or for a login to be renewed.
    Login,
    /// These topics.
    Subscribe(Vec<String>),
    /// The end of these topics.
    Unsubscribe(Vec<String>),
    /// A sign of life; or it is one, which was asked for.
    Heartbeat,
    /// Anything else, such as what prepares a connection.
    Other,
}

/// What the server makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict<'v> {
    /// It is done.
    Granted,
    /// A login: not with these credentials.
    WrongCredentials,
    /// A request for topics: all but these, or none of them, as the server has it.
    NoSuchTopics(&'v [String]),
    /// A request for topics, or of a server without topics a login: too many requests, not now.
    TooMany,
    /// A request for topics: the session has expired, so first a new login.
    Expired,
}

/// The server's side of a platform, played by [`platform_conformance`](super::platform_conformance). One value is one server; every case
/// has a new one.
///
/// It reads what a client says ([`asked`](Self::asked)) and knows the words for what the suite decides ([`answer`](Self::answer)). What
/// has a default is for servers that have it: cases that need more than there is are reported as not applicable.
pub trait ServerSide: Send + 'static {
    /// The platform under test.
    type Platform: Platform + Default;

    /// The platform's value, where it is not the type's default.
    fn platform(&self) -> Self::Platform {
        Self::Platform::default()
    }

    /// Whether the platform's own address is dialled, which must need no TLS (`ws://venue.test`). Otherwise the suite gives one, as
    /// [`Connect::url`](crate::Connect::url) does.
    fn has_address(&self) -> bool {
        false
    }

    /// Credentials to log in with. Without, no login is tested.
    fn credentials(&self) -> Option<Credentials> {
        None
    }

    /// Topics that the server has; one is enough, two show that they do not disturb each other. Without, no subscription is tested.
    fn topics(&self) -> Vec<Topic> {
        Vec::new()
    }

    /// Channels of messages that come without having been asked for.
    fn unasked(&self) -> Vec<String> {
        Vec::new()
    }

    /// A topic that it refuses.
    fn bad_topic(&self) -> Option<Topic> {
        None
    }

    /// How long a login holds, where the answer to it says so.
    fn login_life(&self) -> Option<Duration> {
        None
    }

    /// A new connection is up: forgets the one before. What the server says first.
    fn connected(&mut self) -> Vec<Frame> {
        Vec::new()
    }

    /// The body of the answer to a platform that asks for its address first ([`Dial::Fetch`](crate::Dial::Fetch)): an address without
    /// TLS; where the question is the login, also a refusal.
    fn fetched(&mut self, verdict: Verdict<'_>) -> Option<String> {
        let _ = verdict;
        None
    }

    /// What a message of the client asks for.
    fn asked(&mut self, message: &Frame) -> Asked;

    /// The answer to a message, in the server's words: none where it answers nothing, `None` where it cannot say this. A close frame ends
    /// the connection.
    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>>;

    /// The next message of a topic, or of a channel that needs no asking.
    fn news(&mut self, topic: &str) -> Frame;

    /// Asks the client for a sign of life, which the platform has to give by itself: [`Asked::Heartbeat`].
    fn ask_for_life(&mut self) -> Option<Vec<Frame>> {
        None
    }

    /// Says, without having been asked, that the session has expired.
    fn expire(&mut self) -> Option<Vec<Frame>> {
        None
    }

    /// Messages that are well-formed and of no kind that the platform knows.
    fn unknown(&self) -> Vec<Frame> {
        [r#"{"nobody_knows":{"what":["this"]},"is":null}"#, "[]", "[[],{}]", "7", r#""words""#, "null", "true"]
            .map(Frame::text)
            .into()
    }

    /// Messages that are broken. The suite adds each message that the server has sent, cut in half.
    fn malformed(&self) -> Vec<Frame> {
        let text = ["", " ", "{", "{]", r#"{"a":}"#, r#"{"a":"\u12"}"#, "{}{}", "<html>", "\u{feff}", "\u{0}"];
        let deep = "[".repeat(10_000);
        let binary: [&[u8]; 2] = [b"\xff\xfe\x00", b"{"];
        let binary = binary.map(|bytes| Frame::binary(bytes.to_vec()));
        text.iter().map(|text| Frame::text(*text)).chain([Frame::text(deep)]).chain(binary).collect()
    }
}
