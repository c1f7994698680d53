//! Whether a message follows the one before it on its channel, by a rule and the numbers in the message.
//!
//! Platforms and order books ask the same question of the same numbers, so it is answered in one place. Imports nothing of ours.

use std::{collections::HashMap, sync::Arc};

/// How a venue numbers the messages of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Each number is the one before it plus one.
    Increment,
    /// The same, and number 1 starts anew whatever it is marked as: the venue was restarted.
    IncrementFromOne,
    /// Each message also bears the number of the one before it.
    PrevId,
    /// A message covers the numbers from its first to its last, and the next begins behind that.
    FirstLast,
    /// There are no numbers, or they are not to be looked at: what comes is taken to follow.
    Unnumbered,
}

/// The numbers of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Numbers {
    /// Its own, or its last.
    pub(crate) at: u64,
    /// The one before it, or its first; by the rule.
    pub(crate) other: Option<u64>,
    /// Whether it starts the channel anew; `None` where the venue does not mark such messages.
    pub(crate) snapshot: Option<bool>,
}

impl Numbers {
    /// Of a snapshot: what follows it is numbered from here.
    pub const fn snapshot(at: u64) -> Self {
        Self { at, other: None, snapshot: Some(true) }
    }

    /// Of a change: its own number, or the last of those it covers.
    pub const fn change(at: u64) -> Self {
        Self { at, other: None, snapshot: Some(false) }
    }

    /// The other number of a change: the one before it ([`Rule::PrevId`]), or the first it covers ([`Rule::FirstLast`]).
    pub const fn since(mut self, other: u64) -> Self {
        self.other = Some(other);
        self
    }

    /// Whether it starts anew by the rule.
    pub(crate) fn starts(self, rule: Rule) -> bool {
        self.snapshot == Some(true) || (rule == Rule::IncrementFromOne && self.at == 1)
    }
}

/// Whether a message follows the one before it on its channel, by the venue's own numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Continuity {
    /// It does, or the venue does not number.
    Follows,
    /// It starts the channel anew: a snapshot.
    Restarts,
    /// It follows the last one that was delivered, on whichever connection that was: the platform has fetched what came in between, so
    /// that no [`Gap`](crate::Gap) is told.
    Resumes,
    /// Something is missing before it. It is not delivered; the client is told and the resync hook asked.
    Hole {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// Already seen, or behind a hole that is still open: not delivered.
    Stale,
}

/// Where the numbering of one channel stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chain {
    /// Nothing came yet.
    #[default]
    New,
    /// The last number.
    At(u64),
    /// Behind a hole, or left: nothing follows until a snapshot.
    Broken,
}

impl Chain {
    pub(crate) fn follow(&mut self, rule: Rule, numbers: Numbers) -> Continuity {
        let Numbers { at, other, snapshot } = numbers;
        if numbers.starts(rule) || (*self == Self::New && snapshot.is_none()) {
            *self = Self::At(at);
            return Continuity::Restarts;
        }
        let seen = match *self {
            Self::At(seen) => seen,
            Self::Broken => return Continuity::Stale,
            // The snapshot before it could not be read, or never came: waiting in silence would be for ever.
            Self::New => {
                *self = Self::Broken;
                return Continuity::Hole { expected: 0, found: other.unwrap_or(at) };
            }
        };
        let next = seen.saturating_add(1);
        let (follows, expected, found) = match (rule, other) {
            (Rule::Unnumbered, _) => return Continuity::Follows,
            (Rule::PrevId, Some(_)) if at == seen => return Continuity::Stale,
            // A chain that goes back is broken, not repeated.
            (Rule::PrevId, Some(previous)) if previous == seen => (at > seen, seen, at),
            (Rule::PrevId, Some(previous)) => (false, seen, previous),
            _ if at <= seen => return Continuity::Stale,
            (Rule::FirstLast, Some(first)) => (first <= next, next, first),
            _ => (at == next, next, at),
        };
        if follows {
            *self = Self::At(at);
            return Continuity::Follows;
        }
        *self = Self::Broken;
        Continuity::Hole { expected, found }
    }
}

/// Where the numbering of each channel stands.
#[derive(Debug, Default)]
pub(crate) struct Chains(HashMap<Arc<str>, Chain>);

impl Chains {
    /// The channels are left: what still comes of them follows nothing.
    pub(crate) fn leave(&mut self, channels: &[&str]) {
        for channel in channels {
            if let Some(chain) = self.0.get_mut(*channel) {
                *chain = Chain::Broken;
            }
        }
    }

    /// The channels are subscribed anew: what comes now begins them. One that never broke goes on.
    pub(crate) fn restart(&mut self, channels: &[impl AsRef<str>]) {
        for channel in channels {
            if self.0.get(channel.as_ref()) == Some(&Chain::Broken) {
                self.0.remove(channel.as_ref());
            }
        }
    }

    pub(crate) fn follow(&mut self, rule: Rule, channel: &str, numbers: Numbers) -> Continuity {
        match self.0.get_mut(channel) {
            Some(chain) => chain.follow(rule, numbers),
            None => self.0.entry(channel.into()).or_default().follow(rule, numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
                (20, Some(7), None, Stale),
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
        told(Rule::Unnumbered, &[(0, None, None, Restarts), (9, None, None, Follows), (3, None, None, Follows)]);
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
        told(Rule::Unnumbered, &[(0, None, change, Hole { expected: 0, found: 0 }), (0, None, snapshot, Restarts)]);
    }

    #[test]
    fn a_chain_that_goes_back_is_broken() {
        told(
            Rule::PrevId,
            &[
                (4000, None, Some(true), Restarts),
                (4001, Some(4000), Some(false), Follows),
                (3999, Some(4001), Some(false), Hole { expected: 4001, found: 3999 }),
                (10, None, Some(true), Restarts),
                (9, Some(8), Some(false), Hole { expected: 10, found: 8 }),
            ],
        );
    }

    #[test]
    fn number_1_starts_anew_where_the_venue_says_so() {
        let steps = |second| [(900, None, Some(true), Restarts), (1, None, Some(false), second)];
        told(Rule::IncrementFromOne, &steps(Restarts));
        told(Rule::Increment, &steps(Stale));
        let behind_a_hole = [
            (900, None, Some(true), Restarts),
            (902, None, Some(false), Hole { expected: 901, found: 902 }),
            (1, None, Some(false), Restarts),
            (2, None, Some(false), Follows),
        ];
        told(Rule::IncrementFromOne, &behind_a_hole);
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
        chains = Chains::default();
        assert_eq!(chains.follow(Rule::Increment, "a", Numbers::change(2)), Hole { expected: 0, found: 2 });
    }

    proptest! {
        /// Whatever is lost, repeated or swapped: what is delivered is a chain from a snapshot on.
        #[test]
        fn r74_no_change_is_ever_delivered_over_a_gap(
            steps in prop::collection::vec((0_u64..12, 0_u64..12, prop::bool::weighted(0.2)), 0..60),
        ) {
            let (mut chain, mut last, mut holes, mut snapshots) = (Chain::default(), None, 0, 0);
            for (previous, id, snapshot) in steps {
                let numbers = if snapshot { Numbers::snapshot(id) } else { Numbers::change(id).since(previous) };
                match chain.follow(Rule::PrevId, numbers) {
                    Continuity::Restarts => {
                        prop_assert!(snapshot);
                        snapshots += 1;
                        last = Some(id);
                    }
                    Continuity::Follows | Continuity::Resumes => {
                        prop_assert_eq!(last, Some(previous));
                        prop_assert!(id > previous);
                        last = Some(id);
                    }
                    Continuity::Hole { .. } => {
                        holes += 1;
                        last = None;
                    }
                    Continuity::Stale => prop_assert!(last.is_none() || last == Some(id)),
                }
                prop_assert!(holes <= snapshots + 1);
            }
        }
    }
}
