//! The arms: one way each to do a workload, nova's and those without it, over streams of the same kind.
//!
//! An arm that loses something, or gets it out of order, has no time: it has a complaint.

use std::time::Duration;

pub mod crowds;
pub mod inbound;
pub mod requests;
pub mod sends;

/// What an arm comes to: `Err` says what it did wrong.
pub type Outcome<T = ()> = Result<T, String>;

/// Whom all connect to: streams are dialled elsewhere.
const URL: &str = "ws://bench.test/";

/// An arm that takes longer has lost something.
const PATIENCE: Duration = Duration::from_secs(120);

/// The complaint of a library.
fn complain(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Runs an arm as a task, as nova's clients are tasks: the future that a runtime blocks on is woken in a more costly way.
async fn spawned<T: Send + 'static>(arm: impl Future<Output = Outcome<T>> + Send + 'static) -> Outcome<T> {
    tokio::spawn(arm).await.map_err(complain)?
}
