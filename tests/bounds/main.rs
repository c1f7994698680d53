//! What load, a stalled consumer and ten thousand reconnects cost, measured against what is promised:
//! `cargo test -p tests --test bounds -- --nocapture`.
//!
//! Nothing may grow without end. Each test measures the whole program, its own server included, from the moment the client is there; it
//! prints the figure, and fails above the promise.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod feed;
mod idle;
mod leaks;
mod measure;
mod stalled;
#[path = "../session/support.rs"]
mod support;
