//! One thing that happened, as it is kept and as it reads.

use std::{borrow::Cow, fmt, time::Duration};

use tokio::time::Instant;

use crate::{error::Error, state::Transition, telemetry::Event};

/// Something that happened in a client, and when.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// When, from the client's start.
    pub at: Duration,
    /// What.
    pub what: Happening,
}

/// What a trace keeps. Payloads, parameters and credentials are none of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Happening {
    /// A step between states.
    Step(Transition),
    /// A request that came to its end: one of nova's own; or a caller's that failed, or any where `telemetry.level` is `detailed`.
    Request(Request),
    /// So many topics were confirmed.
    Confirmed {
        /// How many.
        topics: usize,
    },
    /// Anything else that is told as an event, heartbeats that were answered excepted.
    Event(Event),
}

/// A request and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Its number.
    pub id: u64,
    /// Its method, or what it was for.
    pub method: Cow<'static, str>,
    /// When it was asked.
    pub asked: Instant,
    /// How long until its end.
    pub took: Duration,
    /// Why it got no answer, or the venue's refusal.
    pub error: Option<Error>,
}

impl Record {
    /// Its kind in one word: `step`, `request`, `confirmed`, `gap`, `error` and so on.
    pub const fn kind(&self) -> &'static str {
        match &self.what {
            Happening::Step(_) => "step",
            Happening::Request(_) => "request",
            Happening::Confirmed { .. } => "confirmed",
            Happening::Event(event) => event.name(),
        }
    }

    /// Whether something went wrong.
    pub fn is_fault(&self) -> bool {
        match &self.what {
            Happening::Step(step) => matches!(&*step.cause, crate::Cause::Error(_)),
            Happening::Request(request) => request.error.is_some(),
            Happening::Confirmed { .. } => false,
            Happening::Event(event) => !matches!(event, Event::LoggedIn { .. } | Event::Configured { .. }),
        }
    }
}

impl Happening {
    /// The step, if it is one.
    pub(super) const fn step(&self) -> Option<&Transition> {
        if let Self::Step(step) = self { Some(step) } else { None }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12.3?} {:<10} {}", self.at, self.kind(), self.what)
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(Transition { from, to, cause, delay, .. }) => {
                write!(f, "{from} → {to}: {cause}")?;
                delay.map_or(Ok(()), |delay| write!(f, "; next attempt in {delay:?}"))
            }
            Self::Request(Request { id, method, took, error, .. }) => {
                write!(f, "{method} #{id}, {took:?}")?;
                error.as_ref().map_or(Ok(()), |error| write!(f, ": {error}"))
            }
            Self::Confirmed { topics } => write!(f, "{topics} topics"),
            Self::Event(Event::Error(error)) => error.fmt(f),
            Self::Event(Event::Rejected { topic, error } | Event::Quarantined { topic, error }) => {
                write!(f, "`{topic}`: {error}")
            }
            Self::Event(Event::Configured { changes }) => f.write_str(&changes.to_string().replace('\n', "; ")),
            Self::Event(Event::Gap(gap)) => write!(f, "`{}`: {:?}", gap.topic, gap.cause),
            Self::Event(event) => write!(f, "{event:?}"),
        }
    }
}
