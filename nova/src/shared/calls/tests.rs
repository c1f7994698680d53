//! Whatever is asked, answered, late or lost: each call leaves the table once, and none is looked for too late.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What happens to the calls.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Sent, to be answered within so many seconds; for a caller or for the engine itself.
    Ask(u64, bool),
    Answer(u64),
    /// So many seconds pass.
    Pass(u64),
    /// All callers are told something.
    TakeCallers,
    /// The link is lost; so many bytes had left.
    Lose(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..30_u64, any::<bool>()).prop_map(|(allowed, caller)| Step::Ask(allowed, caller)),
        3 => (0..40_u64).prop_map(Step::Answer),
        2 => (1..15_u64).prop_map(Step::Pass),
        1 => Just(Step::TakeCallers),
        1 => (0..40_u64).prop_map(Step::Lose),
    ];
    proptest::collection::vec(step, 0..80)
}

fn call(caller: bool, position: u64, allowed: Duration, now: Instant) -> Call {
    let purpose = if caller { Purpose::Caller(oneshot::channel().0) } else { Purpose::Nobody };
    Call { position, ..Call::new(purpose, "call", allowed, now) }
}

/// The open calls: whether for a caller, and until when.
type Open = BTreeMap<u64, (bool, Instant)>;

fn leave(open: &mut Open, leaves: impl Fn(bool, Instant) -> bool) -> Vec<u64> {
    let (left, stays): (Open, Open) = open.iter().partition(|(_, (caller, deadline))| leaves(*caller, *deadline));
    *open = stays;
    left.into_keys().collect()
}

#[test]
fn what_the_venue_waits_for_is_found_by_its_key_until_it_is_answered() {
    let now = Instant::now();
    let owed = |key: &str| Call { purpose: Purpose::Owed(key.into()), ..call(false, 0, Duration::from_secs(1), now) };
    let mut calls = Calls::default();
    calls.insert(3, call(true, 0, Duration::from_secs(1), now));
    assert!(!calls.owes());
    calls.insert(7, owed("seven"));
    calls.insert(9, owed("nine"));
    assert_eq!((calls.owed("seven"), calls.owed("nine"), calls.owed("call")), (Some(7), Some(9), None));
    assert!(calls.owes() && calls.take(7).is_some() && calls.owes() && calls.take(9).is_some() && !calls.owes());
    assert_eq!(calls.owed("seven"), None);
}

#[test]
fn a_caller_is_told_the_result_and_what_the_engine_asked_itself_comes_back_to_it() {
    let now = Instant::now();
    let (waiter, mut result) = oneshot::channel();
    let asked = Call { purpose: Purpose::Caller(waiter), ..call(true, 0, Duration::from_secs(1), now) };
    assert_eq!(asked.asked(), now);
    assert!(asked.resolve(Ok("1".to_owned())).is_none());
    assert!(matches!(result.try_recv(), Ok(Ok(told)) if told == "1"));
    let back = call(false, 0, Duration::from_secs(1), now).resolve(Ok("2".to_owned()));
    assert!(matches!(back, Some((Purpose::Nobody, Ok(told))) if told == "2"));
}

proptest! {
    #[test]
    fn each_call_leaves_once_and_none_is_looked_for_too_late(steps in steps()) {
        let (mut calls, mut now, mut asked) = (Calls::default(), Instant::now(), 0);
        let mut open = Open::new();
        for step in steps {
            match step {
                Step::Ask(allowed, caller) => {
                    let allowed = Duration::from_secs(allowed);
                    calls.insert(asked, call(caller, asked, allowed, now));
                    open.insert(asked, (caller, now + allowed));
                    asked += 1;
                }
                Step::Answer(id) => prop_assert_eq!(calls.take(id).is_some(), open.remove(&id).is_some()),
                Step::Pass(seconds) => now += Duration::from_secs(seconds),
                Step::TakeCallers => {
                    let taken: Vec<u64> = calls.take_callers().iter().map(|(id, _)| *id).collect();
                    prop_assert_eq!(taken, leave(&mut open, |caller, _| caller));
                }
                Step::Lose(handed) => {
                    let lost: Vec<_> = calls.lose(handed).into_iter().map(|(id, _, outcome)| (id, outcome)).collect();
                    let outcome = |id: u64| if id < handed { Outcome::Unknown } else { Outcome::NotSent };
                    let expected: Vec<_> = leave(&mut open, |_, _| true).into_iter().map(|id| (id, outcome(id))).collect();
                    prop_assert_eq!(lost, expected);
                }
            }
            prop_assert_eq!(calls.has_callers(), open.values().any(|(caller, _)| *caller));
            let due = leave(&mut open, |_, deadline| deadline <= now);
            prop_assert!(due.is_empty() || calls.deadline().is_some_and(|at| at <= now), "{:?} is overlooked", due);
            let mut expired: Vec<u64> = calls.expire(now).iter().map(|(id, _)| *id).collect();
            expired.sort_unstable();
            prop_assert_eq!(expired, due);
            if let Some(first) = open.values().map(|(_, deadline)| *deadline).min() {
                prop_assert!(calls.deadline().is_some_and(|at| at <= first), "woken too late after {:?}", step);
            } else {
                prop_assert_eq!(calls.deadline(), None, "woken for nothing after {:?}", step);
            }
        }
    }
}

#[test]
fn numbers_that_follow_each_other_fall_into_places_of_their_own() {
    let spread = |number: u64| {
        let mut hasher = Spread::default();
        hasher.write_u64(number);
        hasher.finish()
    };
    // A table looks at the lowest bits for the place, and tells those of a place apart by the seven highest.
    let places: BTreeSet<u64> = (1..=4_096).map(|number| spread(number) & 0xFFF).collect();
    let tags: BTreeSet<u64> = (1..=4_096).map(|number| spread(number) >> 57).collect();
    assert_eq!((places.len(), tags.len()), (4_096, 128));
    let pairs = (0..=u8::MAX).map(|second| {
        let mut hasher = Spread::default();
        hasher.write(&[7, second]);
        hasher.finish()
    });
    assert_eq!(pairs.collect::<BTreeSet<u64>>().len(), 256);
}
