//! Events are numbered within their session. What does not follow is not passed over: the session is resumed at the last event that
//! did, and Discord sends the rest again.
//!
//! That the numbers have no holes of their own is nowhere promised. So a hole that is still there after resuming is taken for one of
//! Discord's, and no more are looked for in that session.

use std::{io, sync::Arc};

use crate::error::Error;

/// How the numbers of a session are followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Follow {
    #[default]
    Strictly,
    /// The session was resumed because this number had not come.
    Missed(u64),
    Loosely,
}

/// What an event is to the one before it.
#[derive(Debug)]
pub(super) enum Next {
    Follows,
    Repeats,
    Misses(Error),
}

impl Follow {
    /// What the event `found` is to the one before it.
    pub(super) fn next(&mut self, last: u64, found: u64) -> Next {
        if found <= last {
            return Next::Repeats;
        }
        let expected = last + 1;
        if found == expected || *self == Self::Loosely {
            return Next::Follows;
        }
        if *self == Self::Missed(expected) {
            *self = Self::Loosely;
            return Next::Follows;
        }
        *self = Self::Missed(expected);
        let reason = format!("event {expected} is missing before event {found}");
        Next::Misses(Error::Lost { source: Arc::new(io::Error::new(io::ErrorKind::InvalidData, reason)) })
    }
}
