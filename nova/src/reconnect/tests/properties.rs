//! The schedule's bounds: what holds for every setting, step and chance.

use std::time::Duration;

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::{super::backoff, dropped};
use crate::config::{Attempts, Backoff, Bounds, Config, Layer, Profile, profile::Financial, settings};

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
