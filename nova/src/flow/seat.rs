//! A client under the limits of its account: it looks, waits its turn, and takes.

use std::{task::Waker, time::Duration};

use super::{
    account::{Book, SharedLimiter},
    allowance::Allowance,
    limiter::Charge,
    queue::Priority,
};
use crate::{
    error::{Error, Result},
    time::Instant,
};

/// A client's place under the limits of its account.
pub(crate) struct Seat {
    limiter: SharedLimiter,
    number: u64,
    waker: Waker,
    in_line: bool,
}

impl Seat {
    pub(super) fn new(limiter: SharedLimiter, number: u64, waker: Waker) -> Self {
        Self { limiter, number, waker, in_line: false }
    }

    pub(crate) fn limiter(&self) -> &SharedLimiter {
        &self.limiter
    }

    /// Whether nothing is limited: then nobody waits, and there is nothing to take.
    pub(crate) fn is_free(&self) -> bool {
        !self.limiter.limits()
    }

    /// How long until there is room, for this client before others.
    ///
    /// # Errors
    /// It costs more than the whole budget: there will never be room.
    pub(crate) fn wait(&self, priority: Priority, charge: Charge, now: Instant) -> Result<Duration> {
        if self.is_free() {
            return Ok(Duration::ZERO);
        }
        let mut book = self.limiter.book();
        let Book { limiter, line, .. } = &mut *book;
        match line.look(self.number, priority, charge, limiter, now) {
            Allowance::Now => Ok(Duration::ZERO),
            Allowance::After(wait) => Ok(wait),
            Allowance::Never => {
                let cost = charge.cost;
                let reason = format!("a message costs {cost}, which is more than the limit ever admits at once");
                Err(Error::config("rate_limit.capacity", reason))
            }
        }
    }

    /// Waits for room among all clients of the account.
    pub(crate) fn line_up(&mut self, priority: Priority, charge: Charge) {
        self.limiter.book().line.join(self.number, priority, charge, self.waker.clone());
        self.in_line = true;
    }

    /// Waits no more.
    pub(crate) fn leave(&mut self) {
        if std::mem::take(&mut self.in_line) {
            self.limiter.change(|book| book.line.leave(self.number));
        }
    }

    /// Takes what is sent, whether or not there is room. Who waited has had its turn.
    pub(crate) fn take(&mut self, charge: Charge, now: Instant) {
        self.force(charge, now);
        self.leave();
    }

    /// Takes what the engine sends in between: that is no turn of those who wait.
    pub(crate) fn force(&self, charge: Charge, now: Instant) {
        if !self.is_free() {
            self.limiter.book().limiter.force(charge, now);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}
