//! Slack's Socket Mode.

mod envelopes;
mod link;
mod open;
mod support;
