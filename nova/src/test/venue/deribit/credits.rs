//! The venue's price of a request: pools of credits that refill continuously.
//!
//! One pool a class of methods and payer. Clients pay per connection until they have logged in and per account from then on, so
//! that reconnecting does not fill an empty pool.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// One class of methods: what a call costs, how much there is, and how much comes back a second.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written as a literal by whoever tries out other limits")]
pub struct Pool {
    /// Credits a call.
    pub cost: f64,
    /// Credits of a full pool.
    pub capacity: f64,
    /// Credits that come back each second.
    pub refill: f64,
}

/// The credit table. Its default is the real venue's.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written as a literal by whoever tries out other limits")]
pub struct Credits {
    /// What is in no other class: 20 a second, bursts of 100.
    pub default: Pool,
    /// `public/subscribe` and `private/subscribe`: about 3.3 a second, bursts of 10.
    pub subscribe: Pool,
    /// `public/get_instruments`: 1 a second, bursts of 50.
    pub instruments: Pool,
    /// Orders and cancels: 5 a second, bursts of 20.
    pub matching: Pool,
}

impl Default for Credits {
    fn default() -> Self {
        let pool = |cost, capacity, refill| Pool { cost, capacity, refill };
        Self {
            default: pool(500.0, 50_000.0, 10_000.0),
            subscribe: pool(3_000.0, 30_000.0, 10_000.0),
            instruments: pool(10_000.0, 500_000.0, 10_000.0),
            matching: pool(500.0, 10_000.0, 2_500.0),
        }
    }
}

impl Credits {
    /// Nothing costs anything.
    pub fn unlimited() -> Self {
        let free = Pool { cost: 0.0, capacity: 0.0, refill: 0.0 };
        Self { default: free, subscribe: free, instruments: free, matching: free }
    }

    fn class(&self, method: &str) -> (Class, Pool) {
        match method {
            "public/subscribe" | "private/subscribe" => (Class::Subscribe, self.subscribe),
            "public/get_instruments" => (Class::Instruments, self.instruments),
            "private/buy" | "private/sell" | "private/cancel" | "private/cancel_all" => {
                (Class::Matching, self.matching)
            }
            _ => (Class::Default, self.default),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Class {
    Default,
    Subscribe,
    Instruments,
    Matching,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Payer {
    Connection(u64),
    Account,
}

/// What is left in each pool, and since when.
#[derive(Debug, Default)]
pub(super) struct Purse {
    left: HashMap<(Payer, Class), (f64, Instant)>,
}

impl Purse {
    /// Takes the price of a call; `false` where there is not enough.
    pub(super) fn pay(&mut self, table: &Credits, payer: Payer, method: &str, now: Instant) -> bool {
        let (class, pool) = table.class(method);
        let (left, at) = self.left.entry((payer, class)).or_insert((pool.capacity, now));
        let idle: Duration = now.saturating_duration_since(*at);
        let available = (*left + idle.as_secs_f64() * pool.refill).min(pool.capacity);
        let enough = available >= pool.cost;
        (*left, *at) = (if enough { available - pool.cost } else { available }, now);
        enough
    }

    pub(super) fn forget(&mut self, connection: u64) {
        self.left.retain(|(payer, _), _| *payer != Payer::Connection(connection));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_and_refills_are_those_of_the_table() {
        let (table, now) = (Credits::default(), Instant::now());
        for (method, burst, refill) in [
            ("public/test", 100, Duration::from_millis(50)),
            ("public/subscribe", 10, Duration::from_millis(300)),
            ("public/get_instruments", 50, Duration::from_secs(1)),
            ("private/buy", 20, Duration::from_millis(200)),
        ] {
            let mut purse = Purse::default();
            let mut pay = |at| purse.pay(&table, Payer::Account, method, at);
            let served = (0..200).filter(|_| pay(now)).count();
            assert_eq!(served, burst, "{method}");
            assert!(!pay(now + refill.mul_f64(0.9)), "{method}: refilled too early");
            assert!(pay(now + refill), "{method}: not refilled");
        }
    }

    #[test]
    fn unlimited_credits_never_run_out() {
        let (mut purse, now) = (Purse::default(), Instant::now());
        assert!((0..10_000).all(|_| purse.pay(&Credits::unlimited(), Payer::Connection(1), "public/subscribe", now)));
    }
}
