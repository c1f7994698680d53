//! How full a buffer is, and what of that has not been told yet.
//!
//! Marks are passed upwards at once and left again only well below the first of them, and told as they stand when somebody looks: a
//! buffer that swings around one costs one word.

use crate::{
    config::Config,
    verdict::{Pressure, QueueView},
};

/// The marks a buffer's fill passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    #[default]
    Calm,
    Warning,
    Throttle,
}

/// How full a buffer is, and what of that has not been told yet.
#[derive(Debug)]
pub(crate) struct Fill {
    warning: f64,
    throttle: f64,
    now: Mark,
    told: Mark,
    /// It was full and has not been relieved since.
    full: bool,
    /// Nothing more is wanted before it is relieved: the client said `block`.
    rests: bool,
    dropped: u64,
}

impl Fill {
    pub(crate) fn new(config: &Config) -> Self {
        let (warning, throttle) = (config.backpressure.warning, config.backpressure.throttle);
        Self { warning, throttle, now: Mark::Calm, told: Mark::Calm, full: false, rests: false, dropped: 0 }
    }

    /// Takes over other marks.
    pub(crate) fn configure(&mut self, config: &Config) {
        (self.warning, self.throttle) = (config.backpressure.warning, config.backpressure.throttle);
    }

    /// The buffer has changed; `dropped` messages were lost by it.
    pub(crate) fn note(&mut self, queue: &QueueView, full: bool, dropped: u64) {
        self.dropped += dropped;
        let level = share(queue.items, queue.max_items).max(share(queue.bytes, queue.max_bytes));
        if level < self.relief() || queue.items == 0 {
            (self.now, self.full, self.rests) = (Mark::Calm, false, false);
            return;
        }
        self.full |= full;
        self.now = self.now.max(match level {
            level if level >= self.throttle => Mark::Throttle,
            level if level >= self.warning => Mark::Warning,
            _ => Mark::Calm,
        });
    }

    /// As far below the warning as the throttle is above it, but not below half of it.
    fn relief(&self) -> f64 {
        (2.0 * self.warning - self.throttle).max(self.warning / 2.0)
    }

    /// Nothing more is wanted before it is relieved.
    pub(crate) fn rest(&mut self) {
        self.rests = true;
    }

    /// Whether nothing more is wanted for now; `block` is whether a full buffer means that.
    pub(crate) fn rests(&self, block: bool) -> bool {
        self.rests || (block && self.full)
    }

    /// Whether it is over the throttle mark, or was and has not been relieved since.
    pub(crate) fn is_throttled(&self) -> bool {
        self.now == Mark::Throttle
    }

    /// Whether there is something to tell.
    pub(crate) fn has_news(&self) -> bool {
        self.now != self.told || self.dropped > 0
    }

    /// What is to be told of the marks; it counts as told.
    pub(crate) fn mark(&mut self, queue: QueueView) -> Option<Pressure> {
        let before = std::mem::replace(&mut self.told, self.now);
        match self.now {
            now if now == before => None,
            Mark::Throttle => Some(Pressure::Throttled(queue)),
            // A buffer that was throttled and relieved and is on its way up again was not seen in between.
            Mark::Warning => Some(Pressure::Warning(queue)),
            Mark::Calm => Some(Pressure::Relieved(queue)),
        }
    }

    /// How many messages were dropped since the last look.
    pub(crate) fn dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}
