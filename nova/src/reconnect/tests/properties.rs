//! The schedule's bounds: what holds for every setting, step and chance.

use std::time::Duration;

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::{super::backoff, closed, dropped, rejected};
use crate::{
    config::{Attempts, Backoff, Bounds, Config, Layer, Profile, profile::Financial, settings},
    error::Error,
};

fn financial() -> settings::Reconnect {
    Config::resolve(&[(Layer::Profile, Financial::PATCH)], &Bounds::new()).unwrap().reconnect
}

#[test]
fn r064_a_herd_spreads_over_its_second() {
    let reconnect = financial();
    let mut tenths = [0; 10];
    for seed in 0..1_000 {
        let wait = backoff::delay(&reconnect, 2, &dropped(), false, &mut StdRng::seed_from_u64(seed));
        tenths[(usize::try_from(wait.as_millis()).unwrap() / 100).min(9)] += 1;
    }
    assert!(tenths.iter().all(|n| *n <= 300), "{tenths:?}");
}

/// The shortest and the longest of many waits.
fn extremes(wait: impl Fn(&mut StdRng) -> Duration) -> (Duration, Duration) {
    let waits: Vec<Duration> = (0..500).map(|seed| wait(&mut StdRng::seed_from_u64(seed))).collect();
    (*waits.iter().min().unwrap(), *waits.iter().max().unwrap())
}

#[test]
fn an_end_that_many_see_at_once_spreads_the_first_attempt_too() {
    let refused_login = Error::Auth { reason: "busy".into(), source: Some(Box::new(rejected(503))) };
    let ended = Error::Ended { source: Box::new(closed(1001)) };
    let first = |error: &Error| extremes(|rng| backoff::delay(&financial(), 1, error, false, rng));
    for error in [closed(1001), rejected(429), rejected(503), Error::Recalled, refused_login, ended] {
        let (shortest, longest) = first(&error);
        assert!(longest > shortest + Duration::from_millis(900), "{error}: {shortest:?} to {longest:?}");
    }
    for error in [dropped(), rejected(502)] {
        let (shortest, longest) = first(&error);
        assert!(shortest >= Duration::from_millis(75) && longest <= Duration::from_millis(125), "{error}: {longest:?}");
    }
}

#[test]
fn an_open_breaker_rests_for_its_cool_down_and_then_spreads_as_attempts_do() {
    let secs = Duration::from_secs;
    for (jitter, spread) in [(0.25, secs(30)), (0.0, secs(1))] {
        let mut config = Config::default();
        (config.breaker.cooldown, config.reconnect.jitter) = (secs(60), jitter);
        let (shortest, longest) = extremes(|rng| backoff::rest(&config, rng));
        assert!(shortest >= secs(60) && shortest < secs(60) + spread / 20, "{shortest:?} at {jitter}");
        assert!(longest <= secs(60) + spread && longest > secs(60) + spread * 19 / 20, "{longest:?} at {jitter}");
    }
}

fn numbers() -> impl Strategy<Value = settings::Reconnect> {
    (0usize..3, 1u64..10_000, 0u64..100_000, 0.0..=1.0).prop_map(|(kind, initial, more, jitter)| settings::Reconnect {
        backoff: [Backoff::Exponential, Backoff::Linear, Backoff::Simple][kind],
        max_attempts: Attempts::Unlimited,
        initial_delay: Duration::from_millis(initial),
        max_delay: Duration::from_millis(initial + more),
        jitter,
    })
}

proptest! {
    #[test]
    fn delays_grow_to_the_longest_and_never_beyond(reconnect in numbers(), step in 1u32..100) {
        let (base, next) = (backoff::base(&reconnect, step), backoff::base(&reconnect, step + 1));
        prop_assert!(base <= next && next <= reconnect.max_delay);
        prop_assert!(base >= reconnect.initial_delay);
        prop_assert_eq!(backoff::base(&reconnect, 1), reconnect.initial_delay);
    }

    #[test]
    fn a_delay_is_never_nothing_and_never_above_the_longest(
        reconnect in numbers(), step in 1u32..100, flapped: bool, seed: u64,
    ) {
        let wait = backoff::delay(&reconnect, step, &dropped(), flapped, &mut StdRng::seed_from_u64(seed));
        prop_assert!(wait >= Duration::from_millis(1));
        // Where the spread is wider than the longest delay, the spread wins: it keeps the herd apart.
        let spread = reconnect.max_delay.mul_f64(2.0 * reconnect.jitter).max(Duration::from_secs(1));
        prop_assert!(wait <= reconnect.max_delay.max(spread));
    }

    #[test]
    fn the_first_delay_strays_by_the_jitter_alone(reconnect in numbers(), seed: u64) {
        let wait = backoff::delay(&reconnect, 1, &dropped(), false, &mut StdRng::seed_from_u64(seed));
        let initial = reconnect.initial_delay;
        let low = initial.mul_f64(1.0 - reconnect.jitter).min(reconnect.max_delay.saturating_sub(initial.mul_f64(2.0 * reconnect.jitter)));
        prop_assert!(wait + Duration::from_nanos(2) >= low);
        prop_assert!(wait <= initial.mul_f64(1.0 + reconnect.jitter) + Duration::from_millis(1));
    }
}
