//! How full a buffer is, and what of that has not been told yet.
//!
//! Marks are told as they stand when somebody looks, not each time they are passed: a buffer that swings around one costs one word.

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
    dropped: u64,
}

impl Fill {
    pub(crate) fn new(config: &Config) -> Self {
        let marks = &config.backpressure;
        Self { warning: marks.warning, throttle: marks.throttle, now: Mark::Calm, told: Mark::Calm, dropped: 0 }
    }

    /// Takes over other marks.
    pub(crate) fn configure(&mut self, config: &Config) {
        (self.warning, self.throttle) = (config.backpressure.warning, config.backpressure.throttle);
    }

    /// The buffer has changed; `dropped` messages were lost by it.
    pub(crate) fn note(&mut self, queue: &QueueView, dropped: u64) {
        self.dropped += dropped;
        let fill = share(queue.items, queue.max_items).max(share(queue.bytes, queue.max_bytes));
        self.now = match fill {
            fill if fill >= self.throttle => Mark::Throttle,
            fill if fill >= self.warning => Mark::Warning,
            _ => Mark::Calm,
        };
    }

    /// Whether there is something to tell.
    pub(crate) fn has_news(&self) -> bool {
        self.now != self.told || self.dropped > 0
    }

    /// What is to be told; it counts as told.
    pub(crate) fn news(&mut self, queue: QueueView) -> impl Iterator<Item = Pressure> + use<> {
        let before = std::mem::replace(&mut self.told, self.now);
        let mark = match self.now {
            now if now == before => None,
            Mark::Throttle => Some(Pressure::Throttled(queue)),
            Mark::Warning if before == Mark::Calm => Some(Pressure::Warning(queue)),
            // On its way down it says nothing before it is through.
            Mark::Warning => None,
            Mark::Calm => Some(Pressure::Relieved(queue)),
        };
        let messages = std::mem::take(&mut self.dropped);
        mark.into_iter().chain((messages > 0).then_some(Pressure::Dropped { messages }))
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}
