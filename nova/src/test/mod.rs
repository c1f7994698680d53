//! The harness users get: local venues to run and test clients against, and links that misbehave on command.
//!
//! Behind the feature `test`, so that none of it is compiled into a client. Nothing here depends on nova's own wire path: a fault
//! made on both sides at once would otherwise cancel out.

pub mod fault;
pub mod venue;
