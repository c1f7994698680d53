//! Running a callback: it goes first, the engine goes on behind it, and neither a panic nor a callback that never ends harms the
//! client.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};

use super::engine::Engine;
use crate::{
    behaviour::Handlers,
    error::{Error, Result},
    time::Instant,
};

/// Asks something of the user's code that answers at once.
///
/// # Errors
/// [`Error::Panicked`] if it panicked; what it was asked about goes on without it.
pub(super) fn ask<T>(callback: &'static str, decision: impl FnOnce() -> T) -> Result<T> {
    ask_each(|turn| {
        *turn = callback;
        decision()
    })
}

/// The same of several callbacks, one after the other: the word that `decisions` gets is to say whose turn it is.
pub(super) fn ask_each<T>(decisions: impl FnOnce(&mut &'static str) -> T) -> Result<T> {
    let mut callback = "";
    catch_unwind(AssertUnwindSafe(|| decisions(&mut callback))).map_err(|_| Error::Panicked { callback })
}

/// How a callback ended.
pub(super) enum Attended<T> {
    /// It returned.
    Done(T),
    /// It panicked.
    Panicked,
    /// The client ended and its time was up.
    Abandoned,
}

/// Runs a callback to its end, with the engine behind it. The callback stays where it is: a message stands in it.
pub(super) async fn attend<C: Handlers, T>(
    engine: &mut Engine<C>,
    mut callback: Pin<&mut impl Future<Output = T>>,
) -> Attended<T> {
    poll_fn(|cx| {
        // A handler's state after its panic is its own affair; nova's is never lent to it mutably.
        match catch_unwind(AssertUnwindSafe(|| callback.as_mut().poll(cx))) {
            Ok(Poll::Ready(done)) => return Poll::Ready(Attended::Done(done)),
            Ok(Poll::Pending) => {}
            Err(_) => return Poll::Ready(Attended::Panicked),
        }
        engine.poll_behind(cx);
        if engine.is_over() && engine.grace().is_none_or(|by| Instant::now() >= by) {
            return Poll::Ready(Attended::Abandoned);
        }
        Poll::Pending
    })
    .await
}
