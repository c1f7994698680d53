//! The protocol of a venue as data: what stands where in a frame, and what to send.
//!
//! All of it is `const`: the places that a frame is searched for are gathered while compiling, so that one pass finds them all.

use std::time::Duration;

use super::{places::PLACES, sequence::Rule};
use crate::error::ErrorClass;

/// How many matchers of one kind a platform may have.
const FEW: usize = 6;

/// A place in a frame: a JSON pointer (RFC 6901) and where the one pass puts what it finds there.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) pointer: &'static str,
    pub(super) slot: usize,
}

impl At {
    const fn new(pointer: &'static str) -> Self {
        let bytes = pointer.as_bytes();
        assert!(bytes.is_empty() || bytes[0] == b'/', "a JSON pointer begins with `/`");
        Self { pointer, slot: 0 }
    }
}

/// A value that a frame is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Literal {
    /// A string.
    Text(&'static str),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Flag(bool),
}

/// Which frames are meant.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Match {
    pub(super) at: Option<At>,
    pub(super) is: &'static [Literal],
    pub(super) not: &'static [Literal],
    pub(super) text: Option<&'static str>,
}

impl Match {
    /// Frames that have something other than `null` at this JSON pointer.
    pub const fn at(pointer: &'static str) -> Self {
        Self { at: Some(At::new(pointer)), is: &[], not: &[], text: None }
    }

    /// Frames that are exactly this text.
    pub const fn text(text: &'static str) -> Self {
        Self { at: None, is: &[], not: &[], text: Some(text) }
    }

    /// Only with one of these values there.
    pub const fn is(mut self, values: &'static [Literal]) -> Self {
        self.is = values;
        self
    }

    /// Only with none of these values there.
    pub const fn not(mut self, values: &'static [Literal]) -> Self {
        self.not = values;
        self
    }
}

/// Frames that refuse something.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Failure {
    pub(super) when: Match,
    pub(super) code: Option<At>,
    pub(super) message: Option<At>,
    pub(super) channel: Option<At>,
}

impl Failure {
    /// These frames are errors.
    pub const fn new(when: Match) -> Self {
        Self { when, code: None, message: None, channel: None }
    }

    /// The venue's code stands here: a whole number, or a string of one.
    pub const fn code(mut self, pointer: &'static str) -> Self {
        self.code = Some(At::new(pointer));
        self
    }

    /// The venue's words stand here.
    pub const fn message(mut self, pointer: &'static str) -> Self {
        self.message = Some(At::new(pointer));
        self
    }

    /// The channels that are refused stand here: a string, or an array of them.
    pub const fn channel(mut self, pointer: &'static str) -> Self {
        self.channel = Some(At::new(pointer));
        self
    }
}

/// Frames that confirm channels.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Ack {
    pub(super) when: Match,
    pub(super) channel: At,
    pub(super) refused: Option<At>,
}

impl Ack {
    /// These frames confirm the channels at this pointer: a string, or an array of them.
    pub const fn new(when: Match, channel: &'static str) -> Self {
        Self { when, channel: At::new(channel), refused: None }
    }

    /// The channels at this pointer are refused.
    pub const fn refused(mut self, pointer: &'static str) -> Self {
        self.refused = Some(At::new(pointer));
        self
    }
}

/// How the messages of a channel are numbered.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Sequence {
    pub(super) rule: Rule,
    pub(super) at: At,
    pub(super) other: Option<At>,
    pub(super) snapshot: Option<Match>,
}

impl Sequence {
    /// The number of a message stands at this pointer; a message without one is not numbered.
    pub const fn new(rule: Rule, at: &'static str) -> Self {
        Self { rule, at: At::new(at), other: None, snapshot: None }
    }

    /// The rule's second number: that of the message before, or the first that a message covers.
    pub const fn other(mut self, pointer: &'static str) -> Self {
        self.other = Some(At::new(pointer));
        self
    }

    /// These messages start their channel anew, and no others do.
    pub const fn snapshot(mut self, when: Match) -> Self {
        self.snapshot = Some(when);
        self
    }
}

/// A request about channels.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Ask {
    pub(super) send: &'static str,
    pub(super) each: Option<&'static str>,
    pub(super) listed: Option<&'static str>,
}

impl Ask {
    /// This template is sent.
    pub const fn new(send: &'static str) -> Self {
        Self { send, each: None, listed: None }
    }

    /// `{channels}` is an array of this template, once for each channel.
    pub const fn each(mut self, template: &'static str) -> Self {
        self.each = Some(template);
        self
    }

    /// The answer lists at this pointer what it confirms.
    pub const fn listed(mut self, pointer: &'static str) -> Self {
        self.listed = Some(pointer);
        self
    }
}

/// How a venue is logged in to.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Login {
    pub(super) send: &'static str,
    pub(super) ack: Option<Match>,
    pub(super) life: Option<&'static str>,
}

impl Login {
    /// This template is sent.
    pub const fn new(send: &'static str) -> Self {
        Self { send, ack: None, life: None }
    }

    /// These frames say that it was accepted.
    pub const fn ack(mut self, when: Match) -> Self {
        self.ack = Some(when);
        self
    }

    /// How many seconds it lasts stands here, in the answer.
    pub const fn life(mut self, pointer: &'static str) -> Self {
        self.life = Some(pointer);
        self
    }
}

/// How `{sign}`, `{timestamp}` and `{expires}` are made.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Sign {
    pub(super) over: &'static str,
    pub(super) base64: bool,
    pub(super) seconds: bool,
    pub(super) expires: Duration,
}

impl Sign {
    /// HMAC-SHA256 with the secret over this template, in lower-case hexadecimal.
    pub const fn new(over: &'static str) -> Self {
        Self { over, base64: false, seconds: false, expires: Duration::ZERO }
    }

    /// In base64.
    pub const fn base64(mut self) -> Self {
        self.base64 = true;
        self
    }

    /// Times are in seconds, where they are otherwise in milliseconds.
    pub const fn seconds(mut self) -> Self {
        self.seconds = true;
        self
    }

    /// `{expires}` is so long after now.
    pub const fn expires(mut self, after: Duration) -> Self {
        self.expires = after;
        self
    }
}

/// What requests take from a pool.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Cost {
    pub(super) methods: &'static [&'static str],
    pub(super) pool: usize,
    pub(super) units: u32,
}

impl Cost {
    /// Requests of these methods (a last `*` stands for any rest) take so much from this pool of [`Spec::pools`](super::super::Spec).
    pub const fn new(methods: &'static [&'static str], pool: usize, units: u32) -> Self {
        Self { methods, pool, units }
    }
}

/// The protocol of a venue as data, which the defaults of [`Platform`](crate::Platform) follow. `derive(nova::Platform)` writes it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Wire {
    pub(super) places: [&'static str; PLACES],
    pub(super) used: usize,
    pub(super) channel: Option<At>,
    pub(super) payload: Option<At>,
    pub(super) id: Option<At>,
    pub(super) result: Option<At>,
    pub(super) sequence: Option<Sequence>,
    pub(super) acks: [Option<Ack>; FEW],
    pub(super) failures: [Option<Failure>; FEW],
    pub(super) ignored: [Option<Match>; FEW],
    pub(super) answers: [Option<(Match, &'static str)>; FEW],
    pub(super) subscribe: Option<Ask>,
    pub(super) unsubscribe: Option<Ask>,
    pub(super) login: Option<Login>,
    pub(super) sign: Option<Sign>,
    pub(super) ping: Option<&'static str>,
    pub(super) ping_text: Option<&'static str>,
    pub(super) request: Option<&'static str>,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) private: &'static [&'static str],
    pub(super) costs: &'static [Cost],
    pub(super) error_codes: &'static [(i64, ErrorClass)],
    pub(super) close_codes: &'static [(u16, ErrorClass)],
}

macro_rules! places {
    ($( $(#[doc = $doc:literal])* $name:ident, )*) => {
        $(
            $(#[doc = $doc])*
            pub const fn $name(mut self, pointer: &'static str) -> Self {
                self.$name = Some(self.place(At::new(pointer)));
                self
            }
        )*
    };
}

macro_rules! tables {
    ($( $(#[doc = $doc:literal])* $name:ident: $Type:ty, )*) => {
        $(
            $(#[doc = $doc])*
            pub const fn $name(mut self, $name: $Type) -> Self {
                self.$name = $name;
                self
            }
        )*
    };
}

macro_rules! parts {
    ($( $(#[doc = $doc:literal])* $name:ident: $Type:ty, )*) => {
        $(
            $(#[doc = $doc])*
            pub const fn $name(mut self, $name: $Type) -> Self {
                self.$name = Some($name);
                self
            }
        )*
    };
}

impl Wire {
    /// Nothing is described: every frame is a message, and nothing can be asked.
    pub const fn new() -> Self {
        Self {
            places: [""; PLACES],
            used: 0,
            channel: None,
            payload: None,
            id: None,
            result: None,
            sequence: None,
            acks: [None; FEW],
            failures: [None; FEW],
            ignored: [None; FEW],
            answers: [None; FEW],
            subscribe: None,
            unsubscribe: None,
            login: None,
            sign: None,
            ping: None,
            ping_text: None,
            request: None,
            headers: &[],
            private: &[],
            costs: &[],
            error_codes: &[],
            close_codes: &[],
        }
    }

    places! {
        /// A pushed message's channel stands here.
        channel,
        /// A pushed message's payload stands here; without this, it is the whole frame.
        payload,
        /// The number of the call that a frame answers stands here.
        id,
        /// The result in an answer stands here; without this, it is the whole frame.
        result,
    }

    tables! {
        /// Headers of the upgrade request: name and template.
        headers: &'static [(&'static str, &'static str)],
        /// Channels that need a login; a last `*` stands for any rest.
        private: &'static [&'static str],
        /// What requests cost.
        costs: &'static [Cost],
        /// What the venue's error codes call for.
        error_codes: &'static [(i64, ErrorClass)],
        /// What the venue's close codes call for.
        close_codes: &'static [(u16, ErrorClass)],
    }

    parts! {
        /// The request that subscribes.
        subscribe: Ask,
        /// The request that unsubscribes.
        unsubscribe: Ask,
        /// How to log in: places in its answer are read only there.
        sign: Sign,
        /// The heartbeat: a template of JSON.
        ping: &'static str,
        /// The heartbeat: a plain text.
        ping_text: &'static str,
        /// The wire form of calls, where it is not JSON-RPC 2.0.
        request: &'static str,
    }

    /// How to log in.
    pub const fn login(mut self, mut login: Login) -> Self {
        login.ack = match login.ack {
            Some(when) => Some(self.placed(when)),
            None => None,
        };
        self.login = Some(login);
        self
    }

    /// How messages are numbered.
    pub const fn sequence(mut self, mut sequence: Sequence) -> Self {
        sequence.at = self.place(sequence.at);
        sequence.other = self.maybe(sequence.other);
        sequence.snapshot = match sequence.snapshot {
            Some(when) => Some(self.placed(when)),
            None => None,
        };
        self.sequence = Some(sequence);
        self
    }

    /// Frames that confirm channels. At most six.
    pub const fn ack(mut self, mut ack: Ack) -> Self {
        ack.when = self.placed(ack.when);
        ack.channel = self.place(ack.channel);
        ack.refused = self.maybe(ack.refused);
        let mut free = 0;
        while self.acks[free].is_some() {
            free += 1;
        }
        self.acks[free] = Some(ack);
        self
    }

    /// Frames that refuse something. At most six.
    pub const fn error(mut self, mut failure: Failure) -> Self {
        failure.when = self.placed(failure.when);
        failure.code = self.maybe(failure.code);
        failure.message = self.maybe(failure.message);
        failure.channel = self.maybe(failure.channel);
        let mut free = 0;
        while self.failures[free].is_some() {
            free += 1;
        }
        self.failures[free] = Some(failure);
        self
    }

    /// Frames that are nothing but a sign of life. At most six.
    pub const fn ignore(mut self, when: Match) -> Self {
        let when = self.placed(when);
        let mut free = 0;
        while self.ignored[free].is_some() {
            free += 1;
        }
        self.ignored[free] = Some(when);
        self
    }

    /// Frames that have to be answered at once, with this template, in which `{value}` is what was found. At most six.
    pub const fn answer(mut self, when: Match, send: &'static str) -> Self {
        let when = self.placed(when);
        let mut free = 0;
        while self.answers[free].is_some() {
            free += 1;
        }
        self.answers[free] = Some((when, send));
        self
    }

    const fn placed(&mut self, mut when: Match) -> Match {
        when.at = self.maybe(when.at);
        when
    }

    const fn maybe(&mut self, at: Option<At>) -> Option<At> {
        match at {
            Some(at) => Some(self.place(at)),
            None => None,
        }
    }

    /// Gives a place its slot; the same place has the same.
    const fn place(&mut self, mut at: At) -> At {
        at.slot = 0;
        while at.slot < self.used && !same(self.places[at.slot], at.pointer) {
            at.slot += 1;
        }
        if at.slot == self.used {
            self.places[self.used] = at.pointer;
            self.used += 1;
        }
        at
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::new()
    }
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}
