//! The venue as a client sees it, over in-memory streams and tokio's paused clock.

#![allow(clippy::unwrap_used, reason = "a failing test says where")]

mod breaking;
mod login;
mod market;
mod peer;
mod trading;
