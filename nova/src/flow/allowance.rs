//! The answer of a limit: now, later or never.

use std::time::Duration;

/// Whether something may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Allowance {
    /// At once.
    Now,
    /// After so long, if nothing else is sent before.
    After(Duration),
    /// Not at all: it costs more than the limit ever admits.
    Never,
}
