//! Several calls in one frame: one turn under the limits for all of them, and an outcome for each.

use std::sync::MutexGuard;

use tokio::{sync::oneshot, time::Instant};

use super::{Asking, Outbox, Patience, Purpose, Shared, Terms, Waiting, submit::Turn};
use crate::{
    client::Client,
    error::{Error, Result},
    flow::Charge,
    frame::Frame,
    message::{Outgoing, not_a_call},
    platform::Platform,
};

/// A call that is to leave together with others.
pub(crate) struct Gathered {
    pub(crate) id: u64,
    /// What the platform has written of it.
    request: Outgoing,
    /// The same as it would be sent alone.
    entry: Waiting,
}

impl Gathered {
    pub(crate) fn asked_by(mut self, caller: oneshot::Sender<Result<String>>) -> Self {
        if let Some(call) = &mut self.entry.call {
            call.purpose = Purpose::Caller(caller);
        }
        self
    }

    /// Whether its caller went away.
    fn is_forgotten(&self) -> bool {
        matches!(&self.entry.call, Some(Asking { purpose: Purpose::Caller(caller), .. }) if caller.is_closed())
    }
}

impl<C: Client> Shared<C> {
    /// Numbers and writes a call that is to leave together with others.
    pub(crate) fn gather(&self, outgoing: Outgoing) -> Result<Gathered> {
        let (config, outgoing) = (self.config.load(), outgoing.callable()?);
        let (id, request) = self.numbered(&outgoing)?.ok_or_else(not_a_call)?;
        let (frame, terms) = (self.frame(request.clone(), &config)?, self.terms(&outgoing, &config));
        let call = Asking { id, purpose: Purpose::Nobody, method: outgoing.into_title() };
        Ok(Gathered { id, request, entry: Waiting::new(frame, Some(call), terms, Instant::now()) })
    }

    /// Sends calls in one frame, but for those whose caller went away. Each caller is told what becomes of its own.
    pub(crate) fn batch(&self, gathered: Vec<Gathered>) {
        let calls = gathered.into_iter().filter(|call| !call.is_forgotten());
        let (requests, batch): (Vec<_>, Vec<_>) = calls.map(|call| (call.request, call.entry)).unzip();
        let Some(mut entry) = Waiting::all(batch, Instant::now()) else { return };
        match self.together(&requests, &mut entry) {
            // Where there is no room for it, each caller has been told.
            Ok((outbox, turn)) => drop(self.enter(outbox, entry, turn)),
            Err(error) => entry.refuse(error),
        }
    }

    /// Writes the frame of them all, and asks when it may leave.
    fn together(&self, requests: &[Outgoing], entry: &mut Waiting) -> Result<(MutexGuard<'_, Outbox>, Turn)> {
        let config = self.config.load();
        let Terms { priority, charge, .. } = entry.terms;
        let outgoing = self.platform.batch(requests)?.priority(priority).cost(charge.cost);
        entry.frame = self.frame(outgoing.clone(), &config)?;
        if entry.batch.iter().any(|call| call.terms.charge.pool != charge.pool) {
            let reason = "its calls take from different limits of the venue: make a batch of each";
            return Err(Error::Encode { what: "a batch".into(), reason: reason.into() });
        }
        let mut outbox = self.outbox();
        let turn = self.turn(&mut outbox, entry, Some(&outgoing), (false, Patience::Waits), &config)?;
        Ok((outbox, turn))
    }
}

impl Waiting {
    /// All of these as one: as patient as the most impatient of them, as urgent as the least urgent, for what they cost together.
    fn all(mut batch: Vec<Self>, now: Instant) -> Option<Self> {
        for call in &mut batch {
            call.asked = now;
        }
        let terms = || batch.iter().map(|call| call.terms);
        let charge = batch.first()?.terms.charge;
        let cost = terms().fold(0, |cost: u32, call| cost.saturating_add(call.charge.cost));
        let terms = Terms {
            priority: terms().map(|call| call.priority).max()?,
            charge: Charge { cost, ..charge },
            allowed: terms().map(|call| call.allowed).min()?,
            patient: true,
            idempotent: false,
        };
        Some(Self { batch, ..Self::new(Frame::text(""), None, terms, now) })
    }
}
