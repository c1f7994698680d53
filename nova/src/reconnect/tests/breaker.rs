//! The breaker: its transition table, and what holds whatever happens.

use std::time::Duration;

use proptest::prelude::*;

use super::{closed, dropped};
use crate::{
    config::settings,
    error::Error,
    frame::CloseCode,
    reconnect::{
        breaker::{Breaker, Circuit, Trip},
        strategy::is_breach,
    },
    time::Instant,
};

fn settings(failures: Option<u32>, window: u64) -> settings::Breaker {
    let window = Duration::from_secs(window);
    settings::Breaker { failures, window, ..settings::Breaker::default() }
}

fn violation() -> Error {
    Error::Protocol { code: CloseCode(1002), reason: "bad".into() }
}

/// What happens to a breaker.
#[derive(Clone, Debug)]
enum Step {
    Fails(Error),
    Attempt,
    Settles,
    Pass(u64),
}
use Step::{Attempt, Fails, Pass, Settles};

/// Where a breaker of three failures in a minute stands after these.
fn after(steps: &[Step]) -> Circuit {
    let (mut breaker, mut now) = (Breaker::default(), Instant::now());
    for step in steps {
        match step {
            Fails(error) => drop(breaker.failed(error, &settings(Some(3), 60), now)),
            Attempt => drop(breaker.attempt()),
            Settles => drop(breaker.settled()),
            Pass(seconds) => now += Duration::from_secs(*seconds),
        }
    }
    breaker.circuit()
}

fn open(trip: Trip) -> Circuit {
    Circuit::Open(trip)
}

#[test]
fn each_step_leads_where_the_table_says() {
    let fails = || Fails(dropped());
    let opened = || vec![fails(), fails(), fails()];
    let then = |mut steps: Vec<Step>, more: &[Step]| {
        steps.extend_from_slice(more);
        steps
    };
    let table: Vec<(&str, Vec<Step>, Circuit)> = vec![
        ("nothing has happened", vec![], Circuit::Closed),
        ("closed: an attempt", vec![Attempt], Circuit::Closed),
        ("closed: too few failures", vec![fails(), fails()], Circuit::Closed),
        ("closed: enough", opened(), open(Trip::Failures)),
        ("closed: enough, attempts between", vec![fails(), Attempt, fails(), Attempt, fails()], open(Trip::Failures)),
        ("closed: the first is out of the window", vec![fails(), Pass(60), fails(), fails()], Circuit::Closed),
        ("closed: the first is just within it", vec![fails(), Pass(59), fails(), fails()], open(Trip::Failures)),
        ("closed: ready for long between", vec![fails(), fails(), Settles, fails(), fails()], Circuit::Closed),
        ("open: the one attempt", then(opened(), &[Attempt]), Circuit::HalfOpen),
        ("open: reset", then(opened(), &[Settles]), Circuit::Closed),
        ("half-open: it fails", then(opened(), &[Attempt, fails()]), open(Trip::Probe)),
        ("half-open: it fails late", then(opened(), &[Attempt, Pass(3_600), fails()]), open(Trip::Probe)),
        ("half-open: it takes its leave", then(opened(), &[Attempt, Fails(closed(1001))]), open(Trip::Probe)),
        ("half-open: it holds", then(opened(), &[Attempt, Settles]), Circuit::Closed),
        ("half-open: reset, then one failure", then(opened(), &[Attempt, Settles, fails()]), Circuit::Closed),
        ("open again: the next attempt", then(opened(), &[Attempt, fails(), Attempt]), Circuit::HalfOpen),
    ];
    for (what, steps, expected) in table {
        assert_eq!(after(&steps), expected, "{what}");
    }
}

#[test]
fn an_orderly_leave_is_no_failure_and_1011_is_one() {
    for code in [1000, 1001, 1012] {
        assert_eq!(after(&vec![Fails(closed(code)); 20]), Circuit::Closed, "{code}");
    }
    assert_eq!(after(&vec![Fails(Error::Recalled); 20]), Circuit::Closed);
    for code in [1011, 1013, 1014] {
        assert_eq!(after(&vec![Fails(closed(code)); 3]), open(Trip::Failures), "{code}");
    }
}

#[test]
fn three_violations_within_five_minutes_open_it_however_many_failures_it_allows() {
    let at = |seconds: &[u64]| {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        let trip = |at: &u64| breaker.failed(&violation(), &settings(Some(1_000), 1), start + Duration::from_secs(*at));
        seconds.iter().map(trip).collect::<Vec<_>>()
    };
    assert_eq!(at(&[0, 100, 299]), [None, None, Some(Trip::Violations)]);
    assert_eq!(at(&[0, 100, 300]), [None, None, None]);
    assert_eq!(at(&[0, 100, 300, 399]), [None, None, None, Some(Trip::Violations)]);
}

#[test]
fn r060_three_ends_in_a_row_with_the_same_private_code_open_it() {
    let codes = |codes: &[u16]| {
        let mut breaker = Breaker::default();
        codes.iter().fold(None, |_, code| breaker.failed(&closed(*code), &settings(Some(1_000), 1), Instant::now()))
    };
    assert_eq!(codes(&[4_001, 4_001, 4_001]), Some(Trip::SameCode(CloseCode(4_001))));
    assert_eq!(codes(&[4_001, 4_002, 4_001, 4_001]), None);
    assert_eq!(codes(&[4_001, 4_001, 1_006, 4_001]), None);
    assert_eq!(codes(&[3_001, 3_001, 3_001]), None);
    let mut breaker = Breaker::default();
    for _ in 0..20 {
        assert_eq!(breaker.failed(&closed(4_001), &settings(Some(1_000), 1), Instant::now()), None);
        breaker.settled();
    }
}

#[test]
fn off_never_opens_and_lets_an_open_one_go() {
    let (mut breaker, now) = (Breaker::default(), Instant::now());
    for _ in 0..1_000 {
        assert_eq!(breaker.failed(&violation(), &settings(None, 60), now), None);
    }
    assert_eq!(breaker.failed(&dropped(), &settings(Some(1), 60), now), Some(Trip::Failures));
    breaker.attempt();
    assert_eq!(breaker.failed(&dropped(), &settings(None, 60), now), None);
    assert_eq!(breaker.circuit(), Circuit::Closed);
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let error = prop_oneof![
        Just(dropped()),
        Just(violation()),
        (1_000u16..5_000).prop_map(closed).prop_filter("final", |error| !is_breach(error)),
    ];
    let step = prop_oneof![
        4 => error.prop_map(Fails), 2 => Just(Attempt), 1 => Just(Settles), 2 => (0u64..90).prop_map(Pass),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    /// Against a model that keeps everything and counts anew each time.
    #[test]
    fn it_opens_exactly_when_the_failures_of_the_window_reach_the_threshold(
        steps in prop::collection::vec((0u64..40, any::<bool>()), 1..60), most in 1u32..8, window in 1u64..120,
    ) {
        let (mut breaker, mut now, mut failures) = (Breaker::default(), Instant::now(), Vec::new());
        for (pass, holds) in steps {
            now += Duration::from_secs(pass);
            if holds {
                breaker.settled();
                failures.clear();
                continue;
            }
            failures.push(now);
            let lately = failures.iter().filter(|at| now - **at < Duration::from_secs(window)).count();
            let trip = breaker.failed(&dropped(), &settings(Some(most), window), now);
            prop_assert_eq!(trip.is_some(), lately >= most as usize);
            if trip.is_some() {
                breaker.settled();
                failures.clear();
            }
        }
    }

    /// One attempt an opening: whatever happens, half-open is reached from open alone, and left by the next end.
    #[test]
    fn half_open_comes_from_open_and_ends_with_the_next_end(steps in steps()) {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for step in steps {
            let before = breaker.circuit();
            match &step {
                Fails(error) => {
                    let trip = breaker.failed(error, &settings(Some(3), 60), now);
                    prop_assert!(trip.is_none() || matches!(breaker.circuit(), Circuit::Open(_)));
                    if before == Circuit::HalfOpen {
                        prop_assert_eq!(trip, Some(Trip::Probe));
                    }
                    prop_assert_ne!(breaker.circuit(), Circuit::HalfOpen);
                }
                Attempt => {
                    let told = breaker.attempt();
                    prop_assert_eq!(told.is_some(), matches!(before, Circuit::Open(_)));
                    prop_assert_eq!(breaker.circuit() == Circuit::HalfOpen, told.is_some() || before == Circuit::HalfOpen);
                }
                Settles => {
                    prop_assert_eq!(breaker.settled().is_some(), before != Circuit::Closed);
                    prop_assert_eq!(breaker.circuit(), Circuit::Closed);
                }
                Pass(seconds) => now += Duration::from_secs(*seconds),
            }
        }
    }
}
