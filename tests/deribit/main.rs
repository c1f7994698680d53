//! The Deribit client as a whole: against replayed sessions, and against the local venue under virtual time.

mod books;
mod calls;
mod link;
mod login;
mod methods;
mod replay;
mod support;
mod topics;
