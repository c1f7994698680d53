//! Real sockets where the network, the resolver or the machine itself fails: what no simulation shows.
//!
//! Each test runs in a process of its own, most of them in a network of their own, so that nothing they break is anybody else's.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod alone;
#[path = "../session/lawful.rs"]
mod lawful;
mod lost;
mod many;
mod names;
mod pinged;
mod resolver;
mod resources;
mod venue;
mod ways;
