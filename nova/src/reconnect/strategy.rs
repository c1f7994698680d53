//! Strategies: whether a client comes back.
//!
//! The profile says when, in numbers; a strategy says whether, by what happened. It may also lay a few settings over the profile's.

use std::fmt;

use crate::{
    config::{Attempts, Backoff, Config, Patch, Traits, patch},
    error::{Error, ErrorClass},
};

/// Whether a client comes back: `strategy = "always_reconnect"`, or a type of one's own.
///
/// Associated functions without `self`, so that they can be asked while a handler is busy.
///
/// ```
/// use nova::{Failure, Stop, Strategy, Verdict};
///
/// /// Gives up once the venue is down for maintenance, else does as the profile says.
/// struct OfficeHours;
///
/// impl Strategy for OfficeHours {
///     const NAME: &'static str = "office_hours";
///
///     fn decide(failure: &Failure<'_>) -> Verdict {
///         match failure.error {
///             nova::Error::Closed { code, .. } if code.0 == 4_503 => Verdict::Stop(Stop::Terminal),
///             _ => failure.as_profiled(),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no strategy",
    note = "implement `nova::Strategy` for it, or name a built-in one: \"always_reconnect\", \"fail_fast\", \"log_and_continue\", \"echo\""
)]
pub trait Strategy: Send + Sync + 'static {
    /// Its name in events and logs.
    const NAME: &'static str;
    /// Settings of its own, over the profile's and under the attribute's.
    const PATCH: Patch = Patch::new();
    /// Whether every message is sent back.
    const ECHO: bool = false;
    /// Whether each error is logged, once, at `warn`.
    const WARNS: bool = false;

    /// [`PATCH`](Self::PATCH), where it depends on what platform and profile have set.
    fn patch(below: &Config) -> Patch {
        let _ = below;
        Self::PATCH
    }

    /// Whether to dial again after a connection, or an attempt at one, has ended.
    fn decide(failure: &Failure<'_>) -> Verdict {
        failure.as_profiled()
    }

    /// Whether the client lives on after an error that did not end its connection: a handler's, a refused subscription.
    fn tolerates(error: &Error, class: ErrorClass) -> bool {
        let _ = error;
        class != ErrorClass::Critical
    }
}

/// How a connection, or an attempt at one, ended: what a [`Strategy`] decides by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// What ended it.
    pub error: &'a Error,
    /// Its class, as the client's `classify` has it.
    pub class: ErrorClass,
    /// The number of the attempt that would follow, counted from 1 since the last stable `Ready`.
    pub attempt: u32,
    /// How often the login, or the connection itself, was refused for want of rights since the last stable `Ready`, this time
    /// included.
    pub refusals: u32,
    /// How often within five minutes the peer accused this client of breaking the protocol, this time included.
    pub breaches: u32,
    /// The settings.
    pub config: &'a Config,
    /// What the profile is beside its settings.
    pub traits: Traits,
}

/// What a [`Strategy`] decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Dial again after the profile's delay.
    Retry,
    /// Dial again at once, with fresh credentials.
    Refresh,
    /// The client ends.
    Stop(Stop),
}

/// Why a client does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stop {
    /// The peer closed with 1000, as if done. The one reason that is no failure.
    Done,
    /// It cannot heal by itself: the address, the rights, the certificate, a size.
    Terminal,
    /// Fresh credentials were refused as well.
    Refused,
    /// The peer accused this client of breaking the protocol, twice within five minutes.
    Breached,
    /// As many attempts as `reconnect.max_attempts` allows have failed.
    Exhausted,
    /// A handler said so.
    Asked,
}

impl Stop {
    /// Whether the client ends as `Failed` rather than `Closed`.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Done)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Done => "the peer was done",
            Self::Terminal => "it cannot heal by itself",
            Self::Refused => "fresh credentials were refused as well",
            Self::Breached => "the peer refused what was sent, twice",
            Self::Exhausted => "all attempts of reconnect.max_attempts have failed",
            Self::Asked => "a handler said so",
        })
    }
}

impl Failure<'_> {
    /// Whether the peer closed with 1000, as if done.
    pub fn is_normal_close(&self) -> bool {
        matches!(self.error, Error::Closed { code, .. } if code.0 == 1000)
    }

    /// Whether the peer closed because of what was sent to it: 1002, 1003, 1007.
    pub fn is_breach(&self) -> bool {
        is_breach(self.error)
    }

    /// The decision without a strategy: what cannot heal ends; a refused login is tried once more, at once, with fresh
    /// credentials; a Close 1000 ends, unless the profile goes on after it; the rest is tried again while attempts are left.
    pub fn as_profiled(&self) -> Verdict {
        if self.is_normal_close() && !self.traits.after_normal_close {
            return Verdict::Stop(Stop::Done);
        }
        self.unless_hopeless()
    }

    /// The same, except that a Close 1000 is an end like any other.
    pub fn unless_hopeless(&self) -> Verdict {
        if self.class == ErrorClass::Critical {
            return Verdict::Stop(Stop::Terminal);
        }
        if self.class == ErrorClass::Authentication && self.refusals > 1 {
            return Verdict::Stop(Stop::Refused);
        }
        if self.is_breach() && self.breaches > 1 {
            return Verdict::Stop(Stop::Breached);
        }
        if !self.config.reconnect.max_attempts.allows(self.attempt) {
            return Verdict::Stop(Stop::Exhausted);
        }
        if self.class == ErrorClass::Authentication { Verdict::Refresh } else { Verdict::Retry }
    }
}

pub(super) fn is_breach(error: &Error) -> bool {
    matches!(error, Error::Closed { code, .. } if matches!(code.0, 1002 | 1003 | 1007))
}

/// What a client does without a strategy: the profile's numbers as they stand. A Close 1000 ends it, except for `financial`.
#[derive(Clone, Copy, Debug)]
pub struct AsProfiled;

impl Strategy for AsProfiled {
    const NAME: &'static str = "as_profiled";
}

/// Comes back for ever, also after a Close 1000; only what cannot heal ends it. `"always_reconnect"`.
///
/// The delays are the profile's, exponential where it has none that grow.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysReconnect;

impl Strategy for AlwaysReconnect {
    const NAME: &'static str = "always_reconnect";
    const PATCH: Patch = Patch::new().reconnect(patch::Reconnect::new().max_attempts(Attempts::Unlimited));

    fn patch(below: &Config) -> Patch {
        match below.reconnect.backoff {
            Backoff::Simple => Self::PATCH.reconnect(patch::Reconnect::new().backoff(Backoff::Exponential)),
            _ => Self::PATCH,
        }
    }

    fn decide(failure: &Failure<'_>) -> Verdict {
        failure.unless_hopeless()
    }
}

/// Gives up early: three attempts or the profile's, whichever is fewer, and any error that may not pass ends it. `"fail_fast"`.
#[derive(Clone, Copy, Debug)]
pub struct FailFast;

impl FailFast {
    const MOST: u32 = 3;
}

impl Strategy for FailFast {
    const NAME: &'static str = "fail_fast";
    const PATCH: Patch = Patch::new().reconnect(patch::Reconnect::new().max_attempts(Attempts::AtMost(Self::MOST)));

    fn patch(below: &Config) -> Patch {
        match below.reconnect.max_attempts {
            Attempts::AtMost(most) if most < Self::MOST => Patch::new(),
            _ => Self::PATCH,
        }
    }

    fn decide(failure: &Failure<'_>) -> Verdict {
        if may_pass(failure.class) { failure.as_profiled() } else { Verdict::Stop(Stop::Terminal) }
    }

    fn tolerates(_: &Error, class: ErrorClass) -> bool {
        may_pass(class)
    }
}

fn may_pass(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Transient | ErrorClass::RateLimited)
}

/// As [`AlwaysReconnect`]; each error is logged once at `warn`, and no handler's error ends it. `"log_and_continue"`.
#[derive(Clone, Copy, Debug)]
pub struct LogAndContinue;

impl Strategy for LogAndContinue {
    const NAME: &'static str = "log_and_continue";
    const PATCH: Patch = AlwaysReconnect::PATCH;
    const WARNS: bool = true;

    fn patch(below: &Config) -> Patch {
        AlwaysReconnect::patch(below)
    }

    fn decide(failure: &Failure<'_>) -> Verdict {
        AlwaysReconnect::decide(failure)
    }

    fn tolerates(_: &Error, _: ErrorClass) -> bool {
        true
    }
}

/// The profile's numbers, and every message sent back. `"echo"`.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Strategy for Echo {
    const NAME: &'static str = "echo";
    const ECHO: bool = true;
}

/// A strategy as a table, so that the engine need not be generic over it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decisions {
    pub(crate) echo: bool,
    pub(crate) warns: bool,
    pub(crate) decide: fn(&Failure<'_>) -> Verdict,
    pub(crate) tolerates: fn(&Error, ErrorClass) -> bool,
}

impl Decisions {
    pub(crate) const fn of<S: Strategy>() -> Self {
        Self { echo: S::ECHO, warns: S::WARNS, decide: S::decide, tolerates: S::tolerates }
    }
}
