//! Limits: what they admit, what changes of them keep, what a venue's word does to them, and whose turn it is.

mod changes;
mod oracle;
mod turns;

use std::time::Duration;

use proptest::prelude::*;

use super::{
    allowance::Allowance,
    limiter::{Charge, Limiter, Refill},
};
use crate::{
    config::{Rate, settings},
    time::Instant,
};

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

fn limiter(capacity: Option<u32>, refill: Option<&str>, limit: Option<&str>, safety: f64) -> Limiter {
    Limiter::new(&settings(capacity, refill, limit, safety), [])
}

fn of(cost: u32) -> Charge {
    Charge { cost, pool: 0 }
}

/// As a sender does: looks, and takes if there is room.
fn take(limiter: &mut Limiter, charge: Charge, now: Instant) -> Allowance {
    let allowance = limiter.peek(charge, now);
    if allowance == Allowance::Now {
        limiter.force(charge, now);
    }
    allowance
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
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

fn cost_between(sent: &[(Duration, u32)], from: Duration, to: Duration) -> u64 {
    sent.iter().filter(|(at, _)| (from..=to).contains(at)).map(|(_, cost)| u64::from(*cost)).sum()
}

#[test]
fn without_limits_everything_is_admitted() {
    assert_eq!(run(&mut limiter(None, None, None, 0.95), &[(0, u32::MAX); 100]).len(), 100);
}

#[test]
fn a_bucket_admits_its_capacity_and_then_its_refill() {
    let sent = run(&mut limiter(Some(3), Some("10/s"), None, 1.0), &[(0, 1); 6]);
    assert_eq!(sent.iter().map(|(at, _)| at.as_millis()).collect::<Vec<_>>(), [0, 0, 0, 100, 200, 300]);
}

#[test]
fn a_fixed_window_admits_its_count_anew_when_it_ends() {
    let pool = Refill::Fixed(Rate::new(2, secs(10)));
    let mut limiter = Limiter::new(&settings(None, None, None, 1.0), [pool]);
    let sent = run(&mut limiter, &[(3_000, 1), (9_000, 1), (0, 1), (0, 1), (0, 1)]);
    let at: Vec<u64> = sent.iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(at, [3, 12, 13, 13, 23], "the first take opens the window");
}

#[test]
fn all_of_a_limit_may_be_taken_at_once_and_what_costs_nothing_opens_no_window() {
    for pool in [
        Refill::Steady { capacity: 10, refill: Rate::new(10, secs(10)) },
        Refill::Sliding(Rate::new(10, secs(10))),
        Refill::Fixed(Rate::new(10, secs(10))),
    ] {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(None, None, None, 1.0), [pool]);
        limiter.force(of(0), now);
        assert_eq!(limiter.peek(of(11), now), Allowance::Never, "{pool:?}");
        assert_eq!(take(&mut limiter, of(10), now + secs(5)), Allowance::Now, "{pool:?}");
        assert_ne!(limiter.peek(of(10), now + secs(14)), Allowance::Now, "{pool:?}");
    }
}

#[test]
fn safety_uses_a_share_of_the_limit() {
    let sent = run(&mut limiter(None, None, Some("100/10s"), 0.95), &[(0, 1); 96]);
    assert_eq!(sent.last().unwrap().0, ms(10_000) + Duration::from_nanos(1));
    let pool = Refill::Fixed(Rate::new(100, secs(10)));
    let sent = run(&mut Limiter::new(&settings(None, None, None, 0.95), [pool]), &[(0, 1); 96]);
    assert_eq!(sent.last().unwrap().0, secs(10));
}

/// What is sent anyway may take more than there is.
#[test]
fn what_costs_nothing_is_admitted_however_much_is_owed() {
    let now = Instant::now();
    let fixed = Refill::Fixed("2/1s".parse().unwrap());
    let limiters = [
        limiter(Some(2), Some("2/s"), None, 1.0),
        limiter(None, None, Some("2/1s"), 1.0),
        Limiter::new(&settings(None, None, None, 1.0), [fixed]),
    ];
    for mut limiter in limiters {
        limiter.force(of(5), now);
        assert!(matches!(limiter.peek(of(1), now), Allowance::After(_)));
        assert_eq!(limiter.peek(of(0), now), Allowance::Now);
    }
}

#[test]
fn what_costs_more_than_the_limit_ever_has_is_never_admitted() {
    let now = Instant::now();
    assert_eq!(limiter(Some(5), Some("1/s"), None, 1.0).peek(of(6), now), Allowance::Never);
    assert_eq!(limiter(None, None, Some("5/s"), 1.0).peek(of(6), now), Allowance::Never);
    let pool = Refill::Fixed(Rate::new(5, secs(10)));
    assert_eq!(Limiter::new(&settings(None, None, None, 1.0), [pool]).peek(of(6), now), Allowance::Never);
}

#[test]
fn all_limits_must_have_room_or_none_is_taken_from() {
    let now = Instant::now();
    let pools = [30, 5].map(|capacity| Refill::Steady { capacity, refill: Rate::per_second(10) });
    let mut limiter = Limiter::new(&settings(Some(10), Some("1/s"), None, 1.0), pools);
    let narrow = Charge { cost: 3, pool: 1 };
    assert_eq!(take(&mut limiter, narrow, now), Allowance::Now);
    assert_eq!(take(&mut limiter, narrow, now), Allowance::After(ms(100)));
    let rest = Charge { cost: 7, pool: 0 };
    assert_eq!(take(&mut limiter, rest, now), Allowance::Now, "the refused one took nothing of the account's own");
    assert_eq!(take(&mut limiter, of(1), now), Allowance::After(ms(1_000)));
}

#[test]
fn two_sends_meet_where_a_limit_is_both_theirs() {
    let pool = Refill::Sliding(Rate::new(10, secs(1)));
    let (own, none) = (settings(Some(10), Some("1/s"), None, 1.0), settings(None, None, None, 1.0));
    let charge = |cost, pool| Charge { cost, pool };
    let cases = [
        (&none, 0, charge(1, 0), charge(1, 0), false),
        (&none, 1, charge(1, 0), charge(1, 0), true),
        (&none, 1, charge(1, 1), charge(1, 1), false),
        (&none, 2, charge(1, 1), charge(2, 1), true),
        (&none, 2, charge(1, 0), charge(1, 1), false),
        (&none, 2, charge(1, 2), charge(1, 2), false),
        (&none, 2, charge(0, 1), charge(1, 1), false),
        (&none, 2, charge(1, 1), charge(0, 1), false),
        (&own, 2, charge(1, 0), charge(1, 1), true),
        (&own, 0, charge(1, 5), charge(1, 5), true),
        (&own, 0, charge(0, 0), charge(1, 0), false),
        (&own, 0, charge(1, 0), charge(0, 0), false),
    ];
    for (settings, pools, left, right, meet) in cases {
        let limiter = Limiter::new(settings, std::iter::repeat_n(pool, pools));
        assert_eq!(limiter.meet(left, right), meet, "{pools} pools: {left:?}, {right:?}");
    }
}

#[test]
fn looking_takes_nothing() {
    let now = Instant::now();
    let mut limiter = limiter(Some(2), Some("1/s"), Some("2/s"), 1.0);
    for _ in 0..10 {
        assert_eq!(limiter.peek(of(2), now), Allowance::Now);
    }
}

proptest! {
    #[test]
    fn a_bucket_never_admits_more_than_capacity_and_refill(
        capacity in 1u32..50, count in 1u32..100, safety in 0.5..=1.0,
        sends in prop::collection::vec((0u64..500, 0u32..60), 1..120),
    ) {
        let mut settings = settings(Some(capacity), None, None, safety);
        settings.refill = Some(Rate::per_second(count));
        let sent = run(&mut Limiter::new(&settings, []), &sends);
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
        let sent = run(&mut Limiter::new(&settings, []), &sends);
        for (from, _) in &sent {
            prop_assert!(cost_between(&sent, *from, *from + ms(per)) <= u64::from(count));
        }
    }

    /// The venue opens a window with the first request after the last one ended, as the limiter does.
    #[test]
    fn no_fixed_window_of_the_venue_ever_holds_more_than_its_count(
        count in 1u32..50, per in 1u64..5_000, sends in prop::collection::vec((0u64..400, 1u32..60), 1..150),
    ) {
        let pool = Refill::Fixed(Rate::new(count, ms(per)));
        let sent = run(&mut Limiter::new(&settings(None, None, None, 1.0), [pool]), &sends);
        let (mut ends, mut taken) = (Duration::ZERO, 0);
        for (at, cost) in sent {
            if at >= ends {
                (ends, taken) = (at + ms(per), 0);
            }
            taken += cost;
            prop_assert!(taken <= count);
        }
    }

    #[test]
    fn who_waits_as_told_is_admitted_then_and_not_sooner(
        sends in prop::collection::vec((0u64..300, 1u32..10), 1..60),
    ) {
        let pool = Refill::Fixed(Rate::new(40, secs(3)));
        let mut limiter = Limiter::new(&settings(Some(10), Some("20/s"), Some("30/2s"), 0.9), [pool]);
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
