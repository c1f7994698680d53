//! A window beside a plain list of all that was taken, and what it keeps in memory.

use proptest::prelude::*;

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Takes further apart than this are remembered apart, in a window of 1,024 ms.
const GRAIN_OF_WINDOW: Duration = Duration::from_millis(1);

fn window(count: u32, per: Duration) -> Window {
    Window::new(Rate::new(count, per), 1.0)
}

proptest! {
    #[test]
    fn what_is_taken_a_grain_apart_is_counted_as_a_plain_list_counts_it(
        sends in prop::collection::vec((prop_oneof![0..3_u64, 0..600_u64, Just(1_024)], 1..8_u32), 1..100),
    ) {
        let (mut window, mut now, mut list) = (window(10, ms(1_024)), Instant::now(), Vec::new());
        for (pause, cost) in sends {
            now += ms(pause);
            let fits = |cost: u32, now: Instant| {
                let held = list.iter().filter(|(at, _)| now - *at <= ms(1_024));
                held.map(|(_, cost)| cost).sum::<u32>() + cost <= 10
            };
            match window.peek(cost, now) {
                Allowance::Now => {
                    prop_assert!(fits(cost, now));
                    window.take(cost, now);
                    list.push((now, cost));
                }
                Allowance::After(wait) => {
                    prop_assert!(fits(cost, now + wait) && !fits(cost, now + wait.saturating_sub(Duration::from_nanos(1))));
                }
                Allowance::Never => prop_assert!(false, "{cost} of 10"),
            }
        }
    }
}

#[test]
fn it_remembers_neither_what_has_left_it_nor_each_of_a_burst() {
    let (mut window, start) = (window(u32::MAX, ms(1_024)), Instant::now());
    for take in 0..100_000_u32 {
        window.take(1, start + GRAIN_OF_WINDOW * take / 100);
    }
    assert_eq!(window.log.len(), 1_000, "a hundred a grain are one");
    assert_eq!(window.used(start + ms(1_000)), 100_000);
    for seconds in 2..1_000 {
        window.take(1, start + ms(1_000 * seconds));
        assert!(window.log.len() <= 1_001, "{seconds}");
    }
    assert_eq!(window.log.len(), 2, "of the last window");
}

#[test]
fn what_left_a_short_window_is_held_again_by_a_longer_one_whatever_was_set_between() {
    for between in [&[][..], &[1_000], &[500], &[1_000, 500]] {
        let (mut limit, start) = (window(10, ms(1_000)), Instant::now());
        for (at, cost) in [(0, 2), (2_000, 3), (4_000, 1), (6_000, 1)] {
            limit.take(cost, start + ms(at));
        }
        for per in between {
            limit.follow(&window(10, ms(*per)));
            assert_eq!(limit.used(start + ms(6_000)), 1);
        }
        limit.follow(&window(10, ms(60_000)));
        let now = start + ms(7_000);
        assert_eq!(limit.used(now), 7, "{between:?}");
        assert_eq!(limit.peek(3, now), Allowance::Now);
        let back = start + ms(64_000) + Duration::from_nanos(1);
        assert_eq!(limit.peek(4, now), Allowance::After(back - now), "as if all of it was taken when the last was");
        assert_eq!(limit.used(back), 1);
    }
}
