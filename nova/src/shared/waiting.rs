//! A send that waits for its turn: what it is, on what terms it leaves, and who is told what becomes of it.

use std::time::Duration;

use tokio::{sync::oneshot, time::Instant};

use super::{Asking, Call, Purpose};
use crate::{
    error::{Error, Outcome, Result},
    flow::{Charge, Eviction, Priority},
    frame::Frame,
};

/// On what terms something is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) priority: Priority,
    pub(crate) charge: Charge,
    pub(crate) allowed: Duration,
    /// Whether it waits to its own deadline rather than for as long as a queue keeps it.
    pub(crate) patient: bool,
    /// Whether executing it twice does no harm.
    pub(crate) idempotent: bool,
}

/// A send that waits for its turn.
pub(crate) struct Waiting {
    pub(crate) frame: Frame,
    pub(crate) call: Option<Asking>,
    /// The calls that leave together in its frame, each as it would be sent alone.
    pub(crate) batch: Vec<Self>,
    pub(crate) done: Option<oneshot::Sender<Result<()>>>,
    pub(crate) terms: Terms,
    pub(crate) asked: Instant,
    /// It was on its way when a connection was lost, with this outcome, and waits for the next.
    pub(crate) lost: Option<Outcome>,
}

impl Waiting {
    pub(crate) const fn new(frame: Frame, call: Option<Asking>, terms: Terms, asked: Instant) -> Self {
        Self { frame, call, batch: Vec::new(), done: None, terms, asked, lost: None }
    }

    /// The same once more, for the next connection, where that does no harm.
    pub(crate) fn again(&self) -> Option<Box<Self>> {
        let is_call = matches!(self.call, Some(Asking { purpose: Purpose::Caller(_), .. }));
        (self.terms.idempotent && is_call).then(|| {
            let terms = Terms { patient: true, ..self.terms };
            Box::new(Self { lost: self.lost, ..Self::new(self.frame.clone(), None, terms, self.asked) })
        })
    }

    /// Its frame, and the call that is open once that is sent, with the time it has left.
    pub(crate) fn opened(self, now: Instant) -> (Frame, Option<(u64, Call)>) {
        let again = self.again();
        let Self { frame, call, terms: Terms { allowed, patient, .. }, asked, .. } = self;
        let since = if patient { asked } else { now };
        let call = call
            .map(|Asking { id, purpose, method }| (id, Call { again, ..Call::new(purpose, method, allowed, since) }));
        (frame, call)
    }

    /// Tells whoever waits for it that it will not be sent, or not again.
    pub(crate) fn refuse(self, error: Error) {
        let error = match self.lost {
            Some(outcome) if !matches!(error, Error::Timeout { .. }) => Error::Disconnected { outcome },
            _ => error,
        };
        if let Some(done) = self.done {
            let _ = done.send(Err(error.clone()));
        }
        for call in self.batch {
            call.refuse(error.clone());
        }
        if let Some(Asking { purpose: Purpose::Caller(waiter), .. }) = self.call {
            let _ = waiter.send(Err(error));
        }
    }

    /// The same, because it has lost its place.
    pub(crate) fn evict(self, why: Eviction) {
        let error = match (why, self.terms.patient) {
            (Eviction::Expired, true) => {
                let outcome = Some(self.lost.unwrap_or(Outcome::NotSent));
                Error::Timeout { what: "room to send", after: self.terms.allowed, outcome }
            }
            _ => Error::Evicted { reason: why.reason() },
        };
        self.refuse(error);
    }
}
