//! All limits of one account: its own and the venue's pools, looked at together.
//!
//! If one of two pools has room and the other has not, taking from the first would waste it for as long as the second makes wait.

use std::time::Duration;

use super::{allowance::Allowance, bucket::Bucket, fixed::Fixed, window::Window};
use crate::{
    config::{Rate, settings},
    time::Instant,
};

/// What one send takes: the same from the account's own limits and from one pool of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) cost: u32,
    /// A pool, by its place among those the limiter was made with; one that does not exist admits everything.
    pub(crate) pool: usize,
}

/// How a pool of the venue comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refill {
    /// Continuously, up to a capacity.
    Steady { capacity: u32, refill: Rate },
    /// So much in any window of its length.
    Sliding(Rate),
    /// So much in each window, all of which comes back at its end.
    Fixed(Rate),
}

#[derive(Clone, Debug)]
enum Limit {
    Bucket(Bucket),
    Window(Window),
    Fixed(Fixed),
}

impl Limit {
    /// `share` is how much of it is used.
    fn new(refill: Refill, share: f64) -> Self {
        match refill {
            Refill::Steady { capacity, refill } => Self::Bucket(Bucket::new(capacity, refill, share)),
            Refill::Sliding(rate) => Self::Window(Window::new(rate, share)),
            Refill::Fixed(Rate { count, per }) => Self::Fixed(Fixed::new(count, per, share)),
        }
    }

    fn peek(&self, cost: u32, now: Instant) -> Allowance {
        match self {
            Self::Bucket(bucket) => bucket.peek(cost, now),
            Self::Window(window) => window.peek(cost, now),
            Self::Fixed(fixed) => fixed.peek(cost, now),
        }
    }

    fn take(&mut self, cost: u32, now: Instant) {
        match self {
            Self::Bucket(bucket) => bucket.take(cost, now),
            Self::Window(window) => window.take(cost, now),
            Self::Fixed(fixed) => fixed.take(cost, now),
        }
    }

    fn lower(&mut self, remaining: u32, resets: Option<Duration>, now: Instant) {
        match self {
            Self::Bucket(bucket) => bucket.lower(remaining, now),
            Self::Window(window) => window.lower(remaining, now),
            Self::Fixed(fixed) => fixed.lower(remaining, resets, now),
        }
    }

    /// Goes on by other numbers; a limit of another kind starts anew.
    fn follow(&mut self, changed: Self, now: Instant) {
        match (self, changed) {
            (Self::Bucket(bucket), Self::Bucket(changed)) => bucket.follow(&changed, now),
            (Self::Window(window), Self::Window(changed)) => window.follow(&changed),
            (Self::Fixed(fixed), Self::Fixed(changed)) => fixed.follow(&changed),
            (limit, changed) => *limit = changed,
        }
    }
}

/// Which limits: what a [`Limiter`] is made of, and what it is changed to.
#[derive(Clone, Debug, PartialEq)]
struct Terms {
    /// The account's own bucket and window, then the pools; nothing where there is none of them.
    refills: Vec<Option<Refill>>,
    safety: f64,
}

/// Where the pools begin among the limits.
const POOLS: usize = 2;

/// The share of the rate that is used after the venue asked to be left alone for a while.
const SLOW: f64 = 0.5;

impl Terms {
    fn new(settings: &settings::RateLimit, pools: impl IntoIterator<Item = Refill>) -> Self {
        let steady = |refill: Rate| Refill::Steady { capacity: settings.capacity.unwrap_or(refill.count), refill };
        let own = [settings.refill.map(steady), settings.limit.map(Refill::Sliding)];
        let mut refills: Vec<_> = own.into_iter().chain(pools.into_iter().map(Some)).collect();
        // Most accounts have none.
        if refills.iter().all(Option::is_none) {
            refills = Vec::new();
        }
        Self { refills, safety: settings.safety }
    }

    fn limits(&self, share: f64) -> Vec<Option<Limit>> {
        self.refills.iter().map(|refill| refill.map(|refill| Limit::new(refill, self.safety * share))).collect()
    }
}

/// The limits of one account.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    terms: Terms,
    limits: Vec<Option<Limit>>,
    penalty: Option<Instant>,
    /// Until when a part of the rate is used.
    slow: Option<Instant>,
}

impl Limiter {
    /// The account's own limits, as its settings have them, and the venue's pools. Without any, everything is admitted.
    pub(crate) fn new(settings: &settings::RateLimit, pools: impl IntoIterator<Item = Refill>) -> Self {
        let terms = Terms::new(settings, pools);
        let limits = terms.limits(1.0);
        Self { terms, limits, penalty: None, slow: None }
    }

    /// The same with limits, where it had none: what the venue said before counts on.
    pub(crate) fn with(self, settings: &settings::RateLimit, pools: impl IntoIterator<Item = Refill>) -> Self {
        Self { penalty: self.penalty, ..Self::new(settings, pools) }
    }

    /// Whether two sends take from the same.
    pub(crate) fn meet(&self, left: Charge, right: Charge) -> bool {
        let own = self.limits.iter().take(POOLS).any(Option::is_some);
        left.cost > 0 && right.cost > 0 && (own || (left.pool == right.pool && self.limits.len() > POOLS + left.pool))
    }

    /// Whether nothing is limited, and nothing was ever said against it.
    pub(crate) fn is_off(&self) -> bool {
        self.penalty.is_none() && self.slow.is_none() && self.limits.iter().all(Option::is_none)
    }

    /// Whether there is room, without taking it.
    pub(crate) fn peek(&mut self, charge: Charge, now: Instant) -> Allowance {
        self.recover(now);
        let penalty = self.penalty(now);
        let mut answer = if penalty.is_zero() { Allowance::Now } else { Allowance::After(penalty) };
        for at in touched(charge) {
            let Some(Some(limit)) = self.limits.get(at) else { continue };
            let allowance = match (limit.peek(charge.cost, now), self.slow) {
                (allowance, None) => allowance,
                (Allowance::Now, _) => Allowance::Now,
                (Allowance::Never, Some(_)) if self.never(at, charge.cost, now) => Allowance::Never,
                // From then on it is another question.
                (Allowance::Never, Some(until)) => Allowance::After(until - now),
                (Allowance::After(wait), Some(until)) => Allowance::After(wait.min(until - now)),
            };
            answer = answer.max(allowance);
        }
        answer
    }

    /// Whether a limit does not admit so much at its full rate either.
    fn never(&self, at: usize, cost: u32, now: Instant) -> bool {
        let limit = self.terms.refills[at].map(|refill| Limit::new(refill, self.terms.safety));
        limit.is_some_and(|limit| limit.peek(cost, now) == Allowance::Never)
    }

    /// Takes, whether or not there is room: after a look that found some, or for what is sent anyway (`rate_limit.mode = "allow"`,
    /// control frames). What is owed is waited for by those who follow.
    pub(crate) fn force(&mut self, charge: Charge, now: Instant) {
        self.recover(now);
        for at in touched(charge) {
            if let Some(Some(limit)) = self.limits.get_mut(at) {
                limit.take(charge.cost, now);
            }
        }
    }

    /// How long nothing is admitted because the venue said so.
    pub(crate) fn penalty(&self, now: Instant) -> Duration {
        self.penalty.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Admits nothing until then: the venue said "too many requests". An earlier time does not shorten a penalty.
    pub(crate) fn penalise(&mut self, until: Instant) {
        self.penalty = self.penalty.max(Some(until));
    }

    /// Uses half the rate until then: the venue asked to be left alone for a while. An earlier time does not shorten it.
    pub(crate) fn slow_down(&mut self, until: Instant, now: Instant) {
        self.recover(now);
        if until > now {
            if self.slow.is_none() {
                self.go_on(SLOW, now);
            }
            self.slow = self.slow.max(Some(until));
        }
    }

    /// The venue says how much is left, of a pool or of the account's own limits, and when its window ends. It never raises what nova
    /// counts itself: what is under way to the venue is not in its number.
    pub(crate) fn set_remaining(
        &mut self,
        pool: Option<usize>,
        remaining: u32,
        resets: Option<Duration>,
        now: Instant,
    ) {
        self.recover(now);
        let range = pool.map_or(0..POOLS, |pool| POOLS + pool..POOLS + pool + 1);
        for limit in self.limits.get_mut(range).into_iter().flatten().flatten() {
            limit.lower(remaining, resets, now);
        }
    }

    /// Goes on by other settings. What was taken of a limit stays taken; one that was off begins unused.
    pub(crate) fn retune(&mut self, settings: &settings::RateLimit, now: Instant) {
        self.recover(now);
        self.terms = Terms::new(settings, self.terms.refills.iter().skip(POOLS).copied().flatten());
        self.go_on(if self.slow.is_some() { SLOW } else { 1.0 }, now);
    }

    /// Back to the full rate, at the very moment from which it may be used.
    fn recover(&mut self, now: Instant) {
        if let Some(until) = self.slow.take_if(|until| *until <= now) {
            self.go_on(1.0, until);
        }
    }

    fn go_on(&mut self, share: f64, now: Instant) {
        let changed = self.terms.limits(share);
        self.limits.resize_with(changed.len(), || None);
        for (limit, changed) in self.limits.iter_mut().zip(changed) {
            match (limit, changed) {
                (Some(limit), Some(changed)) => limit.follow(changed, now),
                (limit, changed) => *limit = changed,
            }
        }
    }
}

/// The limits that a charge takes from.
fn touched(charge: Charge) -> impl Iterator<Item = usize> {
    (0..POOLS).chain(POOLS.checked_add(charge.pool))
}
