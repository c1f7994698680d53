//! The request budgets of a client: its own limit and the venue's pools, asked before each send.

use std::time::Duration;

use crate::{
    config::{Config, Rate},
    error::{Error, Result},
    flow::{Allowance, Charge, Limiter},
    platform::Pool,
    time::Instant,
};

/// The request budgets of a client.
pub(crate) struct Budget {
    limiter: Limiter,
    pools: usize,
}

impl Budget {
    pub(crate) fn new(config: &Config, pools: &'static [Pool]) -> Self {
        let mut limiter = Limiter::new(&config.rate_limit);
        for pool in pools {
            limiter.add_pool(pool.capacity, Rate::per_second(pool.refill_per_second));
        }
        Self { limiter, pools: pools.len() }
    }

    /// How long until there is room.
    ///
    /// # Errors
    /// It costs more than the whole budget: there will never be room.
    pub(crate) fn wait(&self, now: Instant, pool: usize, cost: u32) -> Result<Duration> {
        match self.limiter.peek(self.charge(pool, cost, &[(pool, cost)]), now) {
            Allowance::Now => Ok(Duration::ZERO),
            Allowance::After(wait) => Ok(wait),
            Allowance::Never => {
                let reason = format!("a message costs {cost}, which is more than the limit ever admits at once");
                Err(Error::config("rate_limit.capacity", reason))
            }
        }
    }

    /// Takes what is sent, whether or not there is room.
    pub(crate) fn take(&mut self, now: Instant, pool: usize, cost: u32) {
        let pools = [(pool, cost)];
        let charge = self.charge(pool, cost, &pools);
        self.limiter.force(charge, now);
    }

    fn charge<'a>(&self, pool: usize, cost: u32, pools: &'a [(usize, u32)]) -> Charge<'a> {
        Charge { cost, pools: if pool < self.pools { pools } else { &[] } }
    }

    /// How long the venue's "too many requests" is still heeded.
    pub(crate) fn penalty(&self, now: Instant) -> Duration {
        self.limiter.penalty(now)
    }

    /// The venue said "too many requests".
    pub(crate) fn penalise(&mut self, until: Instant) {
        self.limiter.penalise(until);
    }
}
