//! The Deribit client as a whole: against replayed sessions, and against the local venue under virtual time.

mod replay;
mod support;
