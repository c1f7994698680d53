//! What hostile servers, load, a stalled consumer and ten thousand reconnects cost in memory, measured against what is promised:
//! `cargo test -p tests --test bounds`.
//!
//! Nothing may grow without end. Each test measures the whole program, its own server included, from the moment the client is there; it
//! prints the figure, and fails above the promise.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod feed;
mod frames;
mod headers;
mod idle;
mod leaks;
mod measure;
#[expect(dead_code, reason = "close frames as a server writes them are for other tests")]
#[path = "../wire/raw.rs"]
mod raw;
mod stalled;
#[path = "../session/support.rs"]
mod support;
