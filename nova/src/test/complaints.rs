//! What servers have to complain about when they are dropped, kept until it is known how their test ended.
//!
//! A test that returns an error drops its servers first: a panic then would hide the error behind what follows from it.

use std::{cell::RefCell, mem};

thread_local! {
    /// Of the test that runs on this thread, where `#[nova::test]` runs it.
    static COMPLAINTS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Runs a test; what it came to, and what was complained about meanwhile.
pub(super) fn during<T>(test: impl FnOnce() -> T) -> (T, Vec<String>) {
    let outer = COMPLAINTS.replace(Some(Vec::new()));
    let ended = test();
    let complaints = COMPLAINTS.with_borrow_mut(|complaints| mem::replace(complaints, outer));
    (ended, complaints.unwrap_or_default())
}

/// Whether somebody will tell it later.
pub(super) fn defer(complaint: &str) -> bool {
    COMPLAINTS.with_borrow_mut(|complaints| match complaints {
        Some(complaints) => {
            complaints.push(complaint.to_owned());
            true
        }
        None => false,
    })
}
