//! The harness users get: scripted servers, links that misbehave on command, and local venues to run and test clients against.
//!
//! Behind the feature `test`, so that none of it is compiled into a client. Nothing here depends on nova's own wire path: a fault
//! made on both sides at once would otherwise cancel out.

pub mod fault;
mod scenario;
mod server;
mod tasks;
mod transcript;
pub mod venue;

pub use scenario::{Handshake, Matcher, Scenario};
pub use server::{Attempt, MockDialer, MockServer, Peer, Request};
pub use transcript::{Direction, Line};

use tasks::{Tasks, listen};
use transcript::Transcript;
