//! What became of a request without an answer.
//!
//! Who sends an order twice may buy twice: whether bytes of it may have left is said wherever an answer will not come.

use std::fmt;

/// What became of a request whose answer will not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// No byte of it was handed to the system: it may be sent again.
    NotSent,
    /// It may have been received and executed. Ask the venue before sending it again.
    Unknown,
}

impl Outcome {
    pub(super) fn clause(self) -> &'static str {
        match self {
            Self::NotSent => "; it was not sent",
            Self::Unknown => "; it may have been executed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Unknown => "sent, and may have been executed",
        })
    }
}
