//! All limits of one client: its own and the venue's pools, taken together or not at all.
//!
//! If one of two pools has room and the other has not, taking from the first would waste it for as long as the second makes wait.

use std::time::Duration;

use super::{bucket::Bucket, window::Window};
use crate::{
    config::{LimitMode, Rate, settings},
    time::Instant,
};

/// Whether something may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// At once.
    Now,
    /// After so long, if nothing else is sent before.
    After(Duration),
    /// Not at all: it costs more than the limit ever admits.
    Never,
}

/// What one send takes: the cost to the client's own limits, and what it takes from pools of the venue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge<'a> {
    pub(crate) cost: u32,
    /// Pools, by what [`Limiter::add_pool`] returned, and how much of each.
    pub(crate) pools: &'a [(usize, u32)],
}

impl Charge<'static> {
    /// Only the client's own limits.
    pub(crate) const fn of(cost: u32) -> Self {
        Self { cost, pools: &[] }
    }
}

/// The limits of one client.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    bucket: Option<Bucket>,
    window: Option<Window>,
    pools: Vec<Bucket>,
    penalty: Option<Instant>,
    mode: LimitMode,
    safety: f64,
}

impl Limiter {
    /// The client's own limits, as its settings have them. Without any, everything is admitted.
    pub(crate) fn new(settings: &settings::RateLimit) -> Self {
        let safety = settings.safety;
        let bucket =
            settings.refill.map(|refill| Bucket::new(settings.capacity.unwrap_or(refill.count), refill, safety));
        let window = settings.limit.map(|limit| Window::new(limit, safety));
        Self { bucket, window, pools: Vec::new(), penalty: None, mode: settings.mode, safety }
    }

    /// A pool of the venue beside the client's own limits; the number names it in a [`Charge`].
    pub(crate) fn add_pool(&mut self, capacity: u32, refill: Rate) -> usize {
        self.pools.push(Bucket::new(capacity, refill, self.safety));
        self.pools.len() - 1
    }

    /// Whether there is room, without taking it.
    pub(crate) fn peek(&self, charge: Charge<'_>, now: Instant) -> Admission {
        let penalty = self.penalty.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let penalty = if penalty.is_zero() { Admission::Now } else { Admission::After(penalty) };
        let bucket = self.bucket.as_ref().map(|bucket| bucket.peek(charge.cost, now));
        let window = self.window.as_ref().map(|window| window.peek(charge.cost, now));
        let pools = charge.pools.iter().filter_map(|(pool, cost)| Some(self.pools.get(*pool)?.peek(*cost, now)));
        pools.chain(bucket).chain(window).fold(penalty, Admission::max)
    }

    /// Takes from all limits if all of them have room, and else from none.
    pub(crate) fn take(&mut self, charge: Charge<'_>, now: Instant) -> Admission {
        let admission = self.peek(charge, now);
        if admission == Admission::Now {
            self.force(charge, now);
        }
        admission
    }

    /// Takes what is sent anyway (`rate_limit.mode = "allow"`, control frames): those who follow wait for it.
    pub(crate) fn force(&mut self, charge: Charge<'_>, now: Instant) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(charge.cost, now);
        }
        if let Some(window) = &mut self.window {
            window.take(charge.cost, now);
        }
        for (pool, cost) in charge.pools {
            if let Some(bucket) = self.pools.get_mut(*pool) {
                bucket.take(*cost, now);
            }
        }
    }

    /// Admits nothing until then: the venue said "too many requests". An earlier time does not shorten a penalty.
    pub(crate) fn penalise(&mut self, until: Instant) {
        self.penalty = Some(self.penalty.map_or(until, |penalty| penalty.max(until)));
    }

    /// What a handler may see of it.
    pub(crate) const fn view(&self, now: Instant) -> LimiterView<'_> {
        LimiterView { limiter: self, now }
    }
}

/// The limits of a client as a handler sees them: nothing is taken by looking.
#[derive(Clone, Copy, Debug)]
pub struct LimiterView<'a> {
    limiter: &'a Limiter,
    now: Instant,
}

impl LimiterView<'_> {
    /// Whether something of this cost may be sent, by the client's own limits.
    pub fn admission(&self, cost: u32) -> Admission {
        self.limiter.peek(Charge::of(cost), self.now)
    }

    /// How much may be sent at once, by the client's own limits; `None` without any.
    pub fn available(&self) -> Option<u32> {
        if self.penalty().is_some() {
            return Some(0);
        }
        let bucket = self.limiter.bucket.as_ref().map(|bucket| bucket.available(self.now));
        let window = self.limiter.window.as_ref().map(|window| window.available(self.now));
        bucket.into_iter().chain(window).min()
    }

    /// For how long yet the venue wants nothing, after it said "too many requests".
    pub fn penalty(&self) -> Option<Duration> {
        let left = self.limiter.penalty?.saturating_duration_since(self.now);
        (!left.is_zero()).then_some(left)
    }

    /// What a send does that is over the limit.
    pub fn mode(&self) -> LimitMode {
        self.limiter.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings(capacity: Option<u32>, refill: Option<&str>, limit: Option<&str>, safety: f64) -> settings::RateLimit {
        let mut settings = settings::RateLimit::default();
        settings.capacity = capacity;
        settings.refill = refill.map(|rate| rate.parse().unwrap());
        settings.limit = limit.map(|rate| rate.parse().unwrap());
        settings.safety = safety;
        settings
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Sends of these costs, each after a pause and as soon as it is admitted: when, and how much.
    fn run(limiter: &mut Limiter, sends: &[(u64, u32)]) -> Vec<(Duration, u32)> {
        let start = Instant::now();
        let mut now = start;
        let mut sent = Vec::new();
        for (pause, cost) in sends {
            now += ms(*pause);
            if let Admission::After(wait) = limiter.peek(Charge::of(*cost), now) {
                now += wait;
            }
            if limiter.take(Charge::of(*cost), now) == Admission::Now {
                sent.push((now - start, *cost));
            }
        }
        sent
    }

    #[test]
    fn without_limits_everything_is_admitted() {
        let mut limiter = Limiter::new(&settings(None, None, None, 0.95));
        assert_eq!(run(&mut limiter, &[(0, u32::MAX); 100]).len(), 100);
        assert_eq!(limiter.view(Instant::now()).available(), None);
    }

    #[test]
    fn a_bucket_admits_its_capacity_and_then_its_refill() {
        let mut limiter = Limiter::new(&settings(Some(3), Some("10/s"), None, 1.0));
        let at: Vec<u128> = run(&mut limiter, &[(0, 1); 6]).iter().map(|(at, _)| at.as_millis()).collect();
        assert_eq!(at, [0, 0, 0, 100, 200, 300]);
    }

    #[test]
    fn safety_uses_a_share_of_the_limit() {
        let mut limiter = Limiter::new(&settings(None, None, Some("100/10s"), 0.95));
        assert_eq!(run(&mut limiter, &[(0, 1); 96]).last().unwrap().0, ms(10_000) + Duration::from_nanos(1));
    }

    #[test]
    fn what_costs_more_than_the_limit_ever_has_is_never_admitted() {
        let now = Instant::now();
        assert_eq!(Limiter::new(&settings(Some(5), Some("1/s"), None, 1.0)).peek(Charge::of(6), now), Admission::Never);
        assert_eq!(Limiter::new(&settings(None, None, Some("5/s"), 1.0)).peek(Charge::of(6), now), Admission::Never);
    }

    #[test]
    fn pools_are_taken_together_or_not_at_all() {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(Some(10), Some("1/s"), None, 1.0));
        let (credits, subscribes) =
            (limiter.add_pool(50_000, Rate::per_second(10_000)), limiter.add_pool(30_000, Rate::per_second(10_000)));
        let pools = [(credits, 500), (subscribes, 3_000)];
        let charge = Charge { cost: 1, pools: &pools };
        for _ in 0..10 {
            assert_eq!(limiter.take(charge, now), Admission::Now);
        }
        assert_eq!(limiter.take(charge, now), Admission::After(ms(1_000)));
        let more = Charge { cost: 0, pools: &[(credits, 45_000)] };
        assert_eq!(limiter.take(more, now), Admission::Now, "the refused one took nothing of the credits");
    }

    #[test]
    fn a_penalty_holds_everything_back_and_is_never_shortened() {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(None, None, None, 1.0));
        limiter.penalise(now + ms(500));
        limiter.penalise(now + ms(100));
        assert_eq!(limiter.peek(Charge::of(1), now), Admission::After(ms(500)));
        assert_eq!(limiter.view(now).penalty(), Some(ms(500)));
        assert_eq!(limiter.view(now).available(), Some(0));
        assert_eq!(limiter.peek(Charge::of(1), now + ms(500)), Admission::Now);
    }

    #[test]
    fn looking_takes_nothing() {
        let now = Instant::now();
        let limiter = Limiter::new(&settings(Some(2), Some("1/s"), Some("2/s"), 1.0));
        for _ in 0..10 {
            assert_eq!(limiter.view(now).admission(2), Admission::Now);
            assert_eq!(limiter.view(now).available(), Some(2));
        }
    }

    fn cost_between(sent: &[(Duration, u32)], from: Duration, to: Duration) -> u64 {
        sent.iter().filter(|(at, _)| (from..=to).contains(at)).map(|(_, cost)| u64::from(*cost)).sum()
    }

    proptest! {
        #[test]
        fn a_bucket_never_admits_more_than_capacity_and_refill(
            capacity in 1u32..50, count in 1u32..100, safety in 0.5..=1.0,
            sends in prop::collection::vec((0u64..500, 0u32..60), 1..120),
        ) {
            let mut settings = settings(Some(capacity), None, None, safety);
            settings.refill = Some(Rate::per_second(count));
            let sent = run(&mut Limiter::new(&settings), &sends);
            for (from, _) in &sent {
                for (to, _) in sent.iter().filter(|(to, _)| to >= from) {
                    let refilled = (*to - *from).as_nanos() * u128::from(count) / 1_000_000_000;
                    prop_assert!(u128::from(cost_between(&sent, *from, *to)) <= u128::from(capacity) + refilled);
                }
            }
        }

        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            count in 1u32..50, per in 1u64..5_000, sends in prop::collection::vec((0u64..400, 0u32..60), 1..150),
        ) {
            let mut settings = settings(None, None, None, 1.0);
            settings.limit = Some(Rate::new(count, ms(per)));
            let sent = run(&mut Limiter::new(&settings), &sends);
            for (from, _) in &sent {
                prop_assert!(cost_between(&sent, *from, *from + ms(per)) <= u64::from(count));
            }
        }

        #[test]
        fn who_waits_as_told_is_admitted_then_and_not_sooner(
            sends in prop::collection::vec((0u64..300, 1u32..10), 1..60),
        ) {
            let mut limiter = Limiter::new(&settings(Some(10), Some("20/s"), Some("30/2s"), 0.9));
            let mut now = Instant::now();
            for (pause, cost) in sends {
                now += ms(pause);
                if let Admission::After(wait) = limiter.peek(Charge::of(cost), now) {
                    prop_assert_ne!(limiter.peek(Charge::of(cost), now + wait - Duration::from_nanos(1)), Admission::Now);
                    now += wait;
                }
                prop_assert_eq!(limiter.take(Charge::of(cost), now), Admission::Now);
            }
        }
    }
}
