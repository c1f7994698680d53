//! The words of a description about what is sent: requests, the login and its signature, costs.

use std::time::Duration;

use super::frames::Match;

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
    /// Requests of these methods (a last `*` stands for any rest) take so much from this pool of [`Spec::pools`](crate::Spec).
    pub const fn new(methods: &'static [&'static str], pool: usize, units: u32) -> Self {
        Self { methods, pool, units }
    }
}
