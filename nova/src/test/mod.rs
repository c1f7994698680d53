//! The harness users get: tests in virtual time, scripted servers, links that misbehave on command, expectations, recordings, and local
//! venues to run and test clients against.
//!
//! Behind the feature `test`, so that none of it is compiled into a client. Nothing here depends on nova's own wire path: a fault
//! made on both sides at once would otherwise cancel out.

mod cassette;
mod complaints;
mod conformance;
mod expect;
pub mod fault;
mod logs;
mod runtime;
mod scenario;
mod server;
mod tasks;
mod transcript;
pub mod venue;

pub use cassette::{Cassette, Entry, Playback, Recorder, Rerun, Showing};
pub use conformance::{Asked, Conformance, ServerSide, Verdict, platform_conformance};
pub use expect::{
    Expect, Expectation, Expecting, Happened, NextItem, Ready, Restored, Sent, Witness, event, ready, restored, sent,
    step,
};
pub use runtime::{Outcome, Test, real_sockets, seed};
pub use scenario::{Handshake, Matcher, Scenario};
pub use server::{Attempt, MockDialer, MockServer, Peer, Request};
pub use transcript::{Direction, Line};

use tasks::{Tasks, listen};
use transcript::Transcript;
