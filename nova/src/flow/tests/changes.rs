//! What a change of the limits keeps, and what a venue's word does to them.

use proptest::prelude::*;

use super::*;

/// Takes one after the other as long as there is room, and says how many.
fn room(limiter: &mut Limiter, now: Instant) -> u32 {
    let mut taken = 0;
    while take(limiter, of(1), now) == Allowance::Now {
        taken += 1;
    }
    taken
}

#[test]
fn a_penalty_holds_everything_back_and_is_never_shortened() {
    let now = Instant::now();
    let mut limiter = limiter(None, None, None, 1.0);
    limiter.penalise(now + ms(500));
    limiter.penalise(now + ms(100));
    assert_eq!(limiter.peek(of(1), now), Allowance::After(ms(500)));
    assert_eq!(limiter.peek(of(1), now + ms(500)), Allowance::Now);
}

#[test]
fn what_the_venue_says_is_left_lowers_every_kind_of_limit_and_raises_none() {
    let refill = Refill::Steady { capacity: 10, refill: Rate::per_second(1) };
    for (pool, back) in [
        (refill, secs(1)),
        (Refill::Sliding(Rate::new(10, secs(5))), secs(5)),
        (Refill::Fixed(Rate::new(10, secs(7))), secs(4)),
    ] {
        let now = Instant::now();
        let mut limiter = Limiter::new(&settings(None, None, None, 1.0), [pool]);
        assert_eq!(take(&mut limiter, of(3), now), Allowance::Now);
        limiter.set_remaining(Some(0), 9, Some(secs(4)), now);
        limiter.set_remaining(Some(0), 2, Some(secs(4)), now);
        limiter.set_remaining(Some(0), 5, Some(secs(4)), now);
        limiter.set_remaining(Some(1), 0, None, now);
        assert_eq!(room(&mut limiter, now), 2, "{pool:?}");
        let Allowance::After(wait) = limiter.peek(of(1), now) else { panic!("{pool:?}") };
        assert_eq!(wait.as_secs(), back.as_secs(), "{pool:?}");
    }
    let now = Instant::now();
    let mut own = limiter(Some(10), Some("1/s"), Some("20/m"), 1.0);
    own.set_remaining(None, 4, None, now);
    assert_eq!(room(&mut own, now), 4);
}

#[test]
fn half_the_rate_is_used_until_the_venue_may_be_asked_for_all_of_it_again() {
    let now = Instant::now();
    let mut bucket = limiter(Some(4), Some("4/s"), None, 1.0);
    assert_eq!(room(&mut bucket, now), 4);
    bucket.slow_down(now + secs(10), now);
    bucket.slow_down(now + secs(2), now);
    assert_eq!(bucket.peek(of(1), now), Allowance::After(ms(500)), "twice as long as before");
    assert_eq!(bucket.peek(of(4), now + secs(9)), Allowance::Now);
    assert_eq!(room(&mut bucket, now + secs(10)), 4);
    assert_eq!(bucket.peek(of(1), now + secs(10)), Allowance::After(ms(250)));

    let mut window = limiter(None, None, Some("10/10s"), 1.0);
    window.slow_down(now + secs(60), now);
    assert_eq!(room(&mut window, now), 5);
    assert_eq!(window.peek(of(8), now), Allowance::After(secs(60)), "too much for half of it only");
    assert_eq!(window.peek(of(11), now), Allowance::Never);
    assert_eq!(window.peek(of(8), now + secs(60)), Allowance::Now);
}

#[test]
fn what_was_taken_of_a_fixed_window_stays_taken_when_half_of_it_is_used_and_when_all_is_again() {
    let now = Instant::now();
    let mut fixed = Limiter::new(&settings(None, None, None, 1.0), [Refill::Fixed(Rate::new(10, secs(60)))]);
    fixed.force(of(2), now);
    fixed.slow_down(now + secs(5), now);
    assert_eq!(room(&mut fixed, now), 3);
    assert_eq!(room(&mut fixed, now + secs(5)), 5);
    assert_eq!(fixed.peek(of(1), now + secs(5)), Allowance::After(secs(55)));
}

#[test]
fn a_venue_may_speak_of_a_fixed_window_before_anything_was_taken_of_it() {
    let now = Instant::now();
    let mut fixed = Limiter::new(&settings(None, None, None, 1.0), [Refill::Fixed(Rate::new(10, secs(60)))]);
    fixed.set_remaining(Some(0), 4, None, now);
    assert_eq!(room(&mut fixed, now + secs(20)), 4);
    assert_eq!(fixed.peek(of(1), now + secs(20)), Allowance::After(secs(40)));
}

#[test]
fn what_the_venue_says_of_one_pool_lowers_that_pool_alone() {
    let pool = Refill::Sliding(Rate::new(10, secs(60)));
    for lowered in 0..3 {
        for asked in 0..3 {
            let now = Instant::now();
            let mut limiter = Limiter::new(&settings(Some(50), Some("50/m"), Some("50/m"), 1.0), [pool; 3]);
            limiter.set_remaining(Some(lowered), 4, None, now);
            let most = if asked == lowered { 4 } else { 10 };
            assert_eq!(take(&mut limiter, Charge { cost: most, pool: asked }, now), Allowance::Now);
            assert_ne!(limiter.peek(Charge { cost: 1, pool: asked }, now), Allowance::Now, "{lowered}, {asked}");
        }
    }
}

#[test]
fn a_penalty_outlasts_the_limits_it_was_given_under() {
    let now = Instant::now();
    let mut unlimited = limiter(None, None, None, 1.0);
    unlimited.penalise(now + secs(3));
    let mut limited = unlimited.with(&settings(Some(10), Some("1/s"), None, 1.0), []);
    assert_eq!(limited.peek(of(1), now), Allowance::After(secs(3)));
    assert_eq!(room(&mut limited, now + secs(3)), 10);
}

#[test]
fn a_limit_that_was_off_begins_unused_and_one_that_is_turned_off_holds_nobody_back() {
    let now = Instant::now();
    let mut limiter = limiter(Some(2), Some("1/s"), None, 1.0);
    assert_eq!(room(&mut limiter, now), 2);
    limiter.retune(&settings(None, None, Some("5/s"), 1.0), now);
    assert_eq!(room(&mut limiter, now), 5);
    limiter.retune(&settings(None, None, None, 1.0), now);
    assert_eq!(limiter.peek(of(1_000), now), Allowance::Now);
}

proptest! {
    #[test]
    fn a_change_keeps_what_a_bucket_has_given(
        capacity in 1u32..50, count in 1u32..50, changed in (1u32..50, 1u32..50), taken in 0u32..50, pause in 0u64..3_000,
    ) {
        let start = Instant::now();
        let refill = |count| Some(Rate::per_second(count));
        let mut settings = settings(Some(capacity), None, None, 1.0);
        settings.refill = refill(count);
        let mut limiter = Limiter::new(&settings, []);
        let taken = taken.min(capacity);
        limiter.force(of(taken), start);
        let now = start + ms(pause);
        (settings.capacity, settings.refill) = (Some(changed.0), refill(changed.1));
        limiter.retune(&settings, now);
        // So much has come back since, at the old refill.
        let used = f64::from(taken) - f64::from(count) * ms(pause).as_secs_f64();
        let free = (f64::from(changed.0) - used.max(0.0)).max(0.0);
        prop_assert!((f64::from(room(&mut limiter, now)) - free).abs() < 1.0 + 1e-6);
    }

    #[test]
    fn no_window_holds_more_than_the_limit_that_was_set_last(
        first in (1u32..30, 1u64..3_000), second in (1u32..30, 1u64..3_000), third in (1u32..30, 1u64..3_000),
        sends in prop::collection::vec((0u64..300, 1u32..5), 3..120),
    ) {
        let limit = |(count, per)| settings::RateLimit { limit: Some(Rate::new(count, ms(per))), ..settings(None, None, None, 1.0) };
        let mut limiter = Limiter::new(&limit(first), []);
        let start = Instant::now();
        let (mut now, mut sent) = (start, Vec::new());
        for (third_of, sends) in sends.chunks(sends.len().div_ceil(3)).enumerate() {
            let (count, per) = [first, second, third][third_of];
            limiter.retune(&limit((count, per)), now);
            for (pause, cost) in sends {
                now += ms(*pause);
                if take(&mut limiter, of(*cost), now) == Allowance::Now {
                    sent.push((now - start, *cost));
                    let to = now - start;
                    prop_assert!(cost_between(&sent, to.saturating_sub(ms(per)), to) <= u64::from(count));
                }
            }
        }
    }
}

#[test]
fn only_an_account_of_which_nothing_was_ever_said_need_not_be_asked() {
    let now = Instant::now();
    let free = || limiter(None, None, None, 1.0);
    assert!(free().is_off());
    assert!(!limiter(Some(1), Some("1/s"), None, 1.0).is_off());
    assert!(!limiter(None, None, Some("1/s"), 1.0).is_off());
    let (mut penalised, mut slowed) = (free(), free());
    penalised.penalise(now + secs(1));
    slowed.slow_down(now + secs(1), now);
    assert!(!penalised.is_off() && !slowed.is_off());
}
