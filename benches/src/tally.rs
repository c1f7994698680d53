//! What a consumer keeps of a feed, the same in every arm: it counts, and asserts each number.

use tokio::sync::oneshot;

use crate::frames::{MESSAGES, Ring};

/// What came so far.
#[derive(Debug, Default)]
pub struct Tally {
    seen: u64,
    goal: u64,
    wrong: u64,
    prices: f64,
    done: Option<oneshot::Sender<Self>>,
}

impl Tally {
    /// Expects so many times the ring.
    pub fn of(laps: u64) -> Self {
        Self { goal: laps * MESSAGES, ..Self::default() }
    }

    /// The same, and who is told once all of it has come.
    pub fn told(laps: u64) -> (Self, oneshot::Receiver<Self>) {
        let (done, told) = oneshot::channel();
        (Self { done: Some(done), ..Self::of(laps) }, told)
    }

    /// The message of this number came.
    #[inline]
    pub fn saw(&mut self, number: u64) {
        self.wrong += u64::from(number != self.seen % MESSAGES);
        self.seen += 1;
        if self.seen == self.goal
            && let Some(done) = self.done.take()
        {
            // Who no longer waits for it has given up already.
            let _ = done.send(Self { done: None, ..*self });
        }
    }

    /// The same of one that was read.
    #[inline]
    pub fn read(&mut self, number: u64, price: f64) {
        self.prices += price;
        self.saw(number);
    }

    /// Whether all has come.
    pub fn full(&self) -> bool {
        self.seen == self.goal
    }

    /// What is wrong with what came, if anything.
    pub fn complaint(&self) -> Option<String> {
        (self.wrong > 0 || !self.full())
            .then(|| format!("{} of {} messages came, {} out of order", self.seen, self.goal, self.wrong))
    }

    /// The same where they were read.
    pub fn complaint_of(&self, ring: &Ring) -> Option<String> {
        let laps = u32::try_from(self.goal / MESSAGES).unwrap_or(u32::MAX);
        let wanted = ring.prices * f64::from(laps);
        let off = (self.prices - wanted).abs();
        self.complaint().or_else(|| (off > 0.1).then(|| format!("the prices add up to {}, not {wanted}", self.prices)))
    }
}
