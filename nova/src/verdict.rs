//! What callbacks are told and what they answer: small words of their own, so that a signature reads as a sentence.

use std::time::Duration;

use crate::{config::LimitMode, message::GapCause};

/// What becomes of a frame after `handle_frame`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flow {
    /// It is decoded and handled.
    Continue,
    /// It is done with.
    Consumed,
}

/// How a hole in a topic is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resync {
    /// Nothing is done: what the platform takes to follow the hole is delivered. Where that is nothing but a snapshot (Deribit's
    /// books), the topic is silent until the venue sends one.
    Accept,
    /// The topic is unsubscribed and subscribed again; what comes in between is delivered only where the platform takes it to follow.
    Resubscribe,
}

impl Resync {
    /// What is inherited: a hole in the venue's numbering is closed by subscribing again; otherwise that was done already.
    pub(crate) const fn after(cause: &GapCause) -> Self {
        match cause {
            GapCause::Sequence { .. } => Self::Resubscribe,
            GapCause::Reconnected | GapCause::Resubscribed => Self::Accept,
        }
    }
}

/// What follows an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// What the platform, the profile and the strategy would do.
    Continue,
    /// The link is dropped and dialled again.
    Reconnect,
    /// The client ends with this error.
    Stop,
}

/// Whether and when to dial again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reconnect {
    /// As the strategy and the profile have it.
    Default,
    /// After this long.
    After(Duration),
    /// Not at all: the client ends.
    Never,
}

/// What became of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Beat {
    /// One was sent.
    Sent,
    /// It was answered, this long after.
    Answered {
        /// From sending it to the first sign of life.
        after: Duration,
    },
    /// It was not answered in time.
    Missed {
        /// So many in a row.
        missed: u32,
    },
    /// The venue asked whether this client lives, and was answered.
    Asked,
}

/// Whether a message may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Now.
    Allow,
    /// When there is room.
    Queue,
    /// Not at all: the caller gets [`Error::RateLimited`](crate::Error::RateLimited).
    Reject,
}

/// What the limiter thinks of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimiterView {
    /// What the message costs.
    pub cost: u32,
    /// How long until there is room for it; zero where there is.
    pub wait: Duration,
    /// Messages that wait already.
    pub waiting: usize,
    /// What `rate_limit.mode` says.
    pub mode: LimitMode,
}

impl LimiterView {
    pub(crate) fn new(cost: u32, wait: Duration, waiting: usize, mode: LimitMode) -> Self {
        Self { cost, wait, waiting, mode }
    }

    /// What the settings say to it.
    pub(crate) fn admission(&self) -> Admission {
        match self.mode {
            _ if self.wait.is_zero() => Admission::Allow,
            LimitMode::Allow => Admission::Allow,
            LimitMode::Reject => Admission::Reject,
            _ => Admission::Queue,
        }
    }
}

/// A message that the limiter held back or refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limited {
    /// Its method, if it is a call.
    pub method: Option<String>,
    /// What it costs.
    pub cost: u32,
    /// How long until there is room for it.
    pub wait: Duration,
    /// Whether it was refused rather than held back.
    pub rejected: bool,
}

impl Limited {
    pub(crate) fn new(method: Option<&str>, cost: u32, wait: Duration, rejected: bool) -> Self {
        Self { method: method.map(str::to_owned), cost, wait, rejected }
    }
}

/// The fill of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueView {
    /// Messages in it.
    pub items: usize,
    /// The same in bytes.
    pub bytes: usize,
    /// How many it may hold.
    pub max_items: usize,
    /// How many bytes it may hold.
    pub max_bytes: usize,
}

/// The fill of one of the client's buffers passed a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pressure {
    /// Fuller than `backpressure.warning`.
    Warning(QueueView),
    /// Fuller than `backpressure.throttle`: from here on the client gives way to its consumers after each message it reads.
    Throttled(QueueView),
    /// Well below the warning mark again: as far as the throttle mark is above it, or below half of it.
    Relieved(QueueView),
    /// Messages were dropped.
    Dropped {
        /// How many since the last word of it.
        messages: u64,
    },
}
