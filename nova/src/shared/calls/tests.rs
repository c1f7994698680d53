//! Whatever is asked, answered, late or lost: each call leaves the table once, and none is looked for too late.

use std::collections::BTreeMap;

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
    Call { purpose, method: "call".into(), deadline: now + allowed, allowed, position, again: None }
}

/// The open calls: whether for a caller, and until when.
type Open = BTreeMap<u64, (bool, Instant)>;

fn leave(open: &mut Open, leaves: impl Fn(bool, Instant) -> bool) -> Vec<u64> {
    let (left, stays): (Open, Open) = open.iter().partition(|(_, (caller, deadline))| leaves(*caller, *deadline));
    *open = stays;
    left.into_keys().collect()
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
