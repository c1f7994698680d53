//! All limits of one client: its own and the venue's pools, looked at together.
//!
//! If one of two pools has room and the other has not, taking from the first would waste it for as long as the second makes wait.

use std::time::Duration;

use super::{allowance::Allowance, bucket::Bucket, window::Window};
use crate::{
    config::{Rate, settings},
    time::Instant,
};

/// What one send takes: the cost to the client's own limits, and what it takes from pools of the venue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge<'a> {
    pub(crate) cost: u32,
    /// Pools, by what [`Limiter::add_pool`] returned, and how much of each.
    pub(crate) pools: &'a [(usize, u32)],
}

/// The limits of one client.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    bucket: Option<Bucket>,
    window: Option<Window>,
    pools: Vec<Bucket>,
    penalty: Option<Instant>,
    safety: f64,
}

impl Limiter {
    /// The client's own limits, as its settings have them. Without any, everything is admitted.
    pub(crate) fn new(settings: &settings::RateLimit) -> Self {
        let safety = settings.safety;
        let bucket =
            settings.refill.map(|refill| Bucket::new(settings.capacity.unwrap_or(refill.count), refill, safety));
        let window = settings.limit.map(|limit| Window::new(limit, safety));
        Self { bucket, window, pools: Vec::new(), penalty: None, safety }
    }

    /// A pool of the venue beside the client's own limits; the number names it in a [`Charge`].
    pub(crate) fn add_pool(&mut self, capacity: u32, refill: Rate) -> usize {
        self.pools.push(Bucket::new(capacity, refill, self.safety));
        self.pools.len() - 1
    }

    /// Whether there is room, without taking it.
    pub(crate) fn peek(&self, charge: Charge<'_>, now: Instant) -> Allowance {
        let penalty = self.penalty(now);
        let penalty = if penalty.is_zero() { Allowance::Now } else { Allowance::After(penalty) };
        let bucket = self.bucket.as_ref().map(|bucket| bucket.peek(charge.cost, now));
        let window = self.window.as_ref().map(|window| window.peek(charge.cost, now));
        let pools = charge.pools.iter().filter_map(|(pool, cost)| Some(self.pools.get(*pool)?.peek(*cost, now)));
        pools.chain(bucket).chain(window).fold(penalty, Allowance::max)
    }

    /// Takes, whether or not there is room: after a look that found some, or for what is sent anyway (`rate_limit.mode = "allow"`,
    /// control frames). What is owed is waited for by those who follow.
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

    /// How long nothing is admitted because the venue said so.
    pub(crate) fn penalty(&self, now: Instant) -> Duration {
        self.penalty.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Admits nothing until then: the venue said "too many requests". An earlier time does not shorten a penalty.
    pub(crate) fn penalise(&mut self, until: Instant) {
        self.penalty = Some(self.penalty.map_or(until, |penalty| penalty.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings(capacity: Option<u32>, refill: Option<&str>, limit: Option<&str>, safety: f64) -> settings::RateLimit {
        let rate = |text: &str| text.parse().unwrap();
        settings::RateLimit {
            capacity,
            refill: refill.map(rate),
            limit: limit.map(rate),
            safety,
            ..settings::RateLimit::default()
        }
    }

    fn of(cost: u32) -> Charge<'static> {
        Charge { cost, pools: &[] }
    }

    /// As a sender does: looks, and takes if there is room.
    fn take(limiter: &mut Limiter, charge: Charge<'_>, now: Instant) -> Allowance {
        let allowance = limiter.peek(charge, now);
        if allowance == Allowance::Now {
            limiter.force(charge, now);
        }
        allowance
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
            if let Allowance::After(wait) = limiter.peek(of(*cost), now) {
                now += wait;
            }
            if take(limiter, of(*cost), now) == Allowance::Now {
                sent.push((now - start, *cost));
            }
        }
        sent
    }

    #[test]
    fn without_limits_everything_is_admitted() {
        let mut limiter = Limiter::new(&settings(None, None, None, 0.95));
        assert_eq!(run(&mut limiter, &[(0, u32::MAX); 100]).len(), 100);
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
        assert_eq!(Limiter::new(&settings(Some(5), Some("1/s"), None, 1.0)).peek(of(6), now), Allowance::Never);
        assert_eq!(Limiter::new(&settings(None, None, Some("5/s"), 1.0)).peek(of(6), now), Allowance::Never);
    }

    #[test]
    fn all_pools_must_have_room() {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(Some(10), Some("1/s"), None, 1.0));
        let (credits, subscribes) =
            (limiter.add_pool(50_000, Rate::per_second(10_000)), limiter.add_pool(30_000, Rate::per_second(10_000)));
        let pools = [(credits, 500), (subscribes, 3_000)];
        let charge = Charge { cost: 1, pools: &pools };
        for _ in 0..10 {
            assert_eq!(take(&mut limiter, charge, now), Allowance::Now);
        }
        assert_eq!(take(&mut limiter, charge, now), Allowance::After(ms(1_000)));
        let more = Charge { cost: 0, pools: &[(credits, 45_000)] };
        assert_eq!(take(&mut limiter, more, now), Allowance::Now, "the refused one took nothing of the credits");
    }

    #[test]
    fn a_penalty_holds_everything_back_and_is_never_shortened() {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(None, None, None, 1.0));
        limiter.penalise(now + ms(500));
        limiter.penalise(now + ms(100));
        assert_eq!(limiter.peek(of(1), now), Allowance::After(ms(500)));
        assert_eq!(limiter.peek(of(1), now + ms(500)), Allowance::Now);
    }

    #[test]
    fn looking_takes_nothing() {
        let now = Instant::now();
        let limiter = Limiter::new(&settings(Some(2), Some("1/s"), Some("2/s"), 1.0));
        for _ in 0..10 {
            assert_eq!(limiter.peek(of(2), now), Allowance::Now);
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
                    let refilled = to.saturating_sub(*from).as_nanos() * u128::from(count) / 1_000_000_000;
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
                if let Allowance::After(wait) = limiter.peek(of(cost), now) {
                    prop_assert_ne!(limiter.peek(of(cost), now + wait.saturating_sub(Duration::from_nanos(1))), Allowance::Now);
                    now += wait;
                }
                prop_assert_eq!(take(&mut limiter, of(cost), now), Allowance::Now);
            }
        }
    }
}
