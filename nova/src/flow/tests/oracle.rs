//! A bucket beside the limiter that most Rust programs use: the same answer, and the same wait, to every request.

use std::num::NonZeroU32;

use governor::{
    Quota, RateLimiter,
    clock::{Clock, FakeRelativeClock},
};
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_bucket_answers_as_governor_does(
        capacity in 1u32..60, each in 1u64..2_000_000_000,
        requests in prop::collection::vec((0u64..3_000_000_000, 1u32..70), 1..200),
    ) {
        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(Duration::from_nanos(each)).unwrap();
        let quota = quota.allow_burst(NonZeroU32::new(capacity).unwrap());
        let oracle = RateLimiter::direct_with_clock(quota, clock.clone());

        let refill = Some(Rate::new(1, Duration::from_nanos(each)));
        let mut limiter = Limiter::new(&settings::RateLimit { refill, ..settings(Some(capacity), None, None, 1.0) }, []);
        let mut now = Instant::now();
        for (pause, cost) in requests {
            clock.advance(Duration::from_nanos(pause));
            now += Duration::from_nanos(pause);
            let expected = match oracle.check_n(NonZeroU32::new(cost).unwrap()) {
                Ok(Ok(())) => Allowance::Now,
                Ok(Err(not_until)) => Allowance::After(not_until.wait_time_from(clock.now())),
                Err(_) => Allowance::Never,
            };
            prop_assert_eq!(take(&mut limiter, of(cost), now), expected);
        }
    }
}
