//! Whether a message follows the one before it on its channel, by a rule and the numbers in the message.

use std::{collections::HashMap, sync::Arc};

use crate::platform::Continuity;

/// How a venue numbers the messages of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Each number is the one before it plus one.
    Increment,
    /// Each message also bears the number of the one before it.
    PrevId,
    /// A message covers the numbers from its first to its last, and the next begins behind that.
    FirstLast,
}

/// The numbers of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Its own, or its last.
    pub(super) at: u64,
    /// The one before it, or its first; by the rule.
    pub(super) other: Option<u64>,
    /// Whether it starts the channel anew; `None` where the venue does not mark such messages.
    pub(super) snapshot: Option<bool>,
}

/// The last number of each channel; `None` for one that is behind a hole or was left.
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<Arc<str>, Option<u64>>);

impl Chains {
    /// The channels are left: what still comes of them follows nothing.
    pub(super) fn leave(&mut self, channels: &[&str]) {
        for channel in channels {
            if let Some(last) = self.0.get_mut(*channel) {
                *last = None;
            }
        }
    }

    /// The channels are subscribed anew: what comes now begins them. One that never broke goes on.
    pub(super) fn restart(&mut self, channels: &[impl AsRef<str>]) {
        for channel in channels {
            if self.0.get(channel.as_ref()).is_some_and(Option::is_none) {
                self.0.remove(channel.as_ref());
            }
        }
    }

    pub(super) fn follow(&mut self, rule: Rule, channel: &str, numbers: Numbers) -> Continuity {
        let Numbers { at, other, snapshot } = numbers;
        let Some(last) = self.0.get_mut(channel) else {
            // Where snapshots are marked, a change without one before it follows nothing.
            let missed = snapshot == Some(false);
            self.0.insert(channel.into(), (!missed).then_some(at));
            return if missed { Continuity::Hole { expected: 0, found: at } } else { Continuity::Restarts };
        };
        if snapshot == Some(true) {
            *last = Some(at);
            return Continuity::Restarts;
        }
        let Some(seen) = *last else { return Continuity::Stale };
        if at <= seen {
            return Continuity::Stale;
        }
        let (follows, expected, found) = match (rule, other) {
            (Rule::PrevId, Some(previous)) => (previous == seen, seen, previous),
            (Rule::FirstLast, Some(first)) => (first <= seen.saturating_add(1), seen.saturating_add(1), first),
            _ => (at == seen.saturating_add(1), seen.saturating_add(1), at),
        };
        if follows {
            *last = Some(at);
            return Continuity::Follows;
        }
        *last = None;
        Continuity::Hole { expected, found }
    }
}

#[cfg(test)]
mod tests {
    use super::{Continuity::*, *};

    fn told(rule: Rule, steps: &[(u64, Option<u64>, Option<bool>, Continuity)]) {
        let mut chains = Chains::default();
        for (step, (at, other, snapshot, expected)) in steps.iter().enumerate() {
            let numbers = Numbers { at: *at, other: *other, snapshot: *snapshot };
            assert_eq!(chains.follow(rule, "a", numbers), *expected, "{rule:?}, step {step}");
        }
    }

    #[test]
    fn r74_each_rule_finds_what_is_missing() {
        told(
            Rule::Increment,
            &[
                (7, None, None, Restarts),
                (8, None, None, Follows),
                (8, None, None, Stale),
                (10, None, None, Hole { expected: 9, found: 10 }),
                (11, None, None, Stale),
            ],
        );
        told(
            Rule::PrevId,
            &[
                (7, Some(3), None, Restarts),
                (20, Some(7), None, Follows),
                (30, Some(25), None, Hole { expected: 20, found: 25 }),
                (31, Some(30), None, Stale),
            ],
        );
        told(
            Rule::FirstLast,
            &[
                (10, Some(5), None, Restarts),
                (9, Some(8), None, Stale),
                (14, Some(9), None, Follows),
                (15, Some(15), None, Follows),
                (20, Some(17), None, Hole { expected: 16, found: 17 }),
            ],
        );
    }

    #[test]
    fn a_marked_snapshot_starts_a_channel_and_nothing_else_does() {
        let (change, snapshot) = (Some(false), Some(true));
        told(
            Rule::Increment,
            &[
                (5, None, change, Hole { expected: 0, found: 5 }),
                (6, None, change, Stale),
                (9, None, snapshot, Restarts),
                (10, None, change, Follows),
                (2, None, snapshot, Restarts),
                (3, None, change, Follows),
            ],
        );
    }

    #[test]
    fn what_comes_late_of_a_left_channel_is_stale_until_it_is_confirmed_again() {
        let mut chains = Chains::default();
        let number = |at| Numbers { at, other: None, snapshot: None };
        assert_eq!(chains.follow(Rule::Increment, "a", number(5)), Restarts);
        chains.restart(&["a"]);
        assert_eq!(chains.follow(Rule::Increment, "a", number(6)), Follows, "the acknowledgement came late");
        chains.leave(&["a"]);
        assert_eq!(chains.follow(Rule::Increment, "a", number(7)), Stale);
        chains.restart(&["a"]);
        assert_eq!(chains.follow(Rule::Increment, "a", number(1)), Restarts);
    }
}
