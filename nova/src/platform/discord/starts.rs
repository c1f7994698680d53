//! New sessions: so many a day, and so many every five seconds. Who begins more has its token reset.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;

use crate::error::{Error, Result};

/// The time in which a place for one new session comes back, in milliseconds: five seconds, and as much more as the way there may differ
/// between two.
const SPACING: u64 = 5_500;
const DAY: u64 = 24 * 60 * 60 * 1_000;

/// How many sessions may begin, as Discord says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct StartLimit {
    /// A day.
    pub total: u32,
    /// Now.
    pub remaining: u32,
    /// When all of it is back, in milliseconds.
    pub reset_after: u64,
    /// Every five seconds.
    pub max_concurrency: u32,
}

impl Default for StartLimit {
    /// What a bot of ordinary size has.
    fn default() -> Self {
        Self { total: 1_000, remaining: 1_000, reset_after: DAY, max_concurrency: 1 }
    }
}

/// A bot's budget of new sessions. Clones are the same budget: all shards of a bot share one.
///
/// It is what Discord says whenever it is asked for the gateway's address, less the sessions that have begun since. Resuming takes nothing
/// from it. A client whose bot has none left does not begin a session: the attempt ends with [`Error::RateLimited`], and Discord is asked
/// again when all of it is back, after an hour at the latest. However often that is, the client does not give up.
///
/// ```
/// use nova::platform::{Discord, discord::{Intents, Starts}};
///
/// let starts = Starts::default();
/// let shards = (0..2).map(|id| Discord::new(Intents::GUILDS).shard(id, 2).starts(&starts));
/// assert_eq!(shards.count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Starts(Arc<Mutex<Budget>>);

#[derive(Debug)]
struct Budget {
    limit: StartLimit,
    /// When all of it is back; `None` until the first session begins by what Discord has said.
    resets: Option<u64>,
    /// When the next session of each group of shards may begin.
    next: HashMap<u32, u64>,
}

impl Default for Starts {
    fn default() -> Self {
        Self::new(StartLimit::default())
    }
}

impl Starts {
    /// A budget as Discord has just said it.
    pub fn new(limit: StartLimit) -> Self {
        Self(Arc::new(Mutex::new(Budget { limit, resets: None, next: HashMap::new() })))
    }

    /// How many sessions may still begin.
    pub fn remaining(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limit.remaining
    }

    /// What Discord has just said.
    pub(super) fn told(&self, limit: StartLimit) {
        let mut budget = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (budget.limit, budget.resets) = (limit, None);
    }

    /// Takes a new session of this shard out of the budget, and says how long it has to wait.
    pub(super) fn reserve(&self, shard: u32, now_ms: u64) -> Result<Duration> {
        let mut budget = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = &mut *budget;
        let resets = budget.resets.unwrap_or_else(|| budget.counted(now_ms));
        if resets <= now_ms {
            (budget.limit.remaining, budget.resets) = (budget.limit.total, Some(now_ms + DAY));
        }
        if budget.limit.remaining == 0 {
            return Err(Error::RateLimited { retry_after: Duration::from_millis(resets.saturating_sub(now_ms)) });
        }
        budget.limit.remaining -= 1;
        let next = budget.next.entry(shard % budget.limit.max_concurrency.max(1)).or_default();
        let at = now_ms.max(*next);
        *next = at + SPACING;
        Ok(Duration::from_millis(at - now_ms))
    }
}

impl Budget {
    /// Takes off what Discord cannot have counted when it last spoke, because it begins only now. Says when all is back.
    fn counted(&mut self, now_ms: u64) -> u64 {
        let waiting: u64 = self.next.values().map(|next| next.saturating_sub(now_ms).div_ceil(SPACING)).sum();
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        self.limit.remaining = self.limit.remaining.saturating_sub(waiting);
        *self.resets.insert(now_ms.saturating_add(self.limit.reset_after))
    }
}
