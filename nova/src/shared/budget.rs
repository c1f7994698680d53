//! The request budget of a client: its places under the limits of its account, asked before each send.
//!
//! Sends and topics wait apart: neither has to be sent for the other to have its turn.

use std::task::Waker;

use crate::flow::{Seat, SharedLimiter};

/// The request budget of a client.
pub(crate) struct Budget {
    pub(crate) sends: Seat,
    pub(crate) topics: Seat,
}

impl Budget {
    pub(crate) fn new(limiter: &SharedLimiter, task: &Waker) -> Self {
        Self { sends: limiter.seat(task.clone()), topics: limiter.seat(task.clone()) }
    }

    /// Waits for nothing any more.
    pub(crate) fn leave(&mut self) {
        self.sends.leave();
        self.topics.leave();
    }

    /// The limits of the client's account.
    pub(crate) fn limiter(&self) -> &SharedLimiter {
        self.sends.limiter()
    }
}
