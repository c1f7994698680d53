//! The words of a description about what comes: which frames are meant, and what stands where in them.

use crate::sequence::Rule;

/// A place in a frame: a JSON pointer (RFC 6901) and where the one pass puts what it finds there.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) pointer: &'static str,
    pub(super) slot: usize,
}

impl At {
    pub(super) const fn new(pointer: &'static str) -> Self {
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
