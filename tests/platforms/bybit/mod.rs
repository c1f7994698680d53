//! Bybit: every endpoint of the local venue.

mod books;
mod link;
mod login;
mod orders;
mod support;
mod topics;
