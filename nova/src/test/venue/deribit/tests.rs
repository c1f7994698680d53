//! The venue as a client sees it, over in-memory streams and tokio's paused clock.

mod breaking;
mod login;
mod market;
mod peer;
mod trading;
