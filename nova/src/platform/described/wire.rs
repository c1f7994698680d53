//! The protocol of a venue as data: what stands where in a frame, and what to send.
//!
//! All of it is `const`: the places that a frame is searched for are gathered while compiling, so that one pass finds them all.

use super::{
    frames::{Ack, At, Failure, Match, Sequence},
    places::Places,
    requests::{Ask, Cost, Login, Sign},
};
use crate::error::ErrorClass;

/// How many matchers of one kind a platform may have.
const FEW: usize = 6;

/// The protocol of a venue as data, which the defaults of [`Platform`](crate::Platform) follow. `derive(nova::Platform)` writes it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Wire {
    pub(super) places: Places<'static>,
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
            places: Places::none(),
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
        at.slot = self.places.slot(at.pointer);
        at
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::new()
    }
}
