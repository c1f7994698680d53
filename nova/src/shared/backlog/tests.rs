//! Whatever is pushed, and whatever the policies: what goes is told, at its place and under its topic, within bounds.

use std::sync::LazyLock;

use super::*;
use crate::config::{Bounds, Layer, patch};
use proptest::prelude::*;

/// More topics than losses that can be told apart.
static TOPICS: LazyLock<Vec<String>> = LazyLock::new(|| (0..3_000).map(|number| format!("t{number}")).collect());

#[derive(Debug)]
enum Word {
    /// The number of a message among those of its topic.
    Message(usize, u64),
    Lost(Dropped),
}

impl Waits for Word {
    fn lost(dropped: Dropped) -> Self {
        Self::Lost(dropped)
    }

    fn as_lost(&mut self) -> Option<&mut Dropped> {
        match self {
            Self::Lost(dropped) => Some(dropped),
            Self::Message(..) => None,
        }
    }

    fn topic(&self) -> Option<&str> {
        match self {
            Self::Message(topic, _) => TOPICS.get(*topic).map(String::as_str),
            Self::Lost(_) => None,
        }
    }

    fn is_message(&self) -> bool {
        matches!(self, Self::Message(..))
    }
}

fn backlog(buffer: u32) -> Backlog<Word> {
    let patch = crate::Patch::new().backpressure(patch::Backpressure::new().buffer(buffer).bytes(1_000_000));
    Backlog::new(&Config::resolve(&[(Layer::Builder, patch)], &Bounds::new()).unwrap(), None)
}

proptest! {
    #[test]
    fn nothing_goes_without_a_word_of_it_whatever_the_policies(
        steps in prop::collection::vec((0usize..4, 0u64..40, 0usize..200_000, 0usize..3, any::<bool>()), 1..300),
    ) {
        let mut backlog = backlog(20);
        let policies = [Overflow::DropOld, Overflow::DropNew, Overflow::Conflate, Overflow::Block];
        let (mut told, mut taken) = (0, Vec::new());
        let (mut pushed, mut blocked) = ([0; 3], 0);
        for (policy, key, bytes, topic, pop) in steps {
            let key = key.to_string();
            let weight = Weight { bytes, key: Some(&key) };
            backlog.push(Word::Message(topic, pushed[topic]), weight, |_| {
                blocked += usize::from(policies[policy] == Overflow::Block);
                policies[policy]
            });
            pushed[topic] += 1;
            prop_assert!(backlog.messages <= 20 + blocked);
            if pop {
                taken.extend(backlog.pop());
            }
            told += backlog.dropped();
        }
        taken.extend(std::iter::from_fn(|| backlog.pop()));
        prop_assert_eq!((backlog.messages, backlog.bytes, backlog.losses), (0, 0, 0));
        prop_assert_eq!(backlog.overtaken.first(), None);
        let mut next = [0; 3];
        for word in &taken {
            match word {
                Word::Lost(lost) => {
                    let topic = TOPICS.iter().position(|topic| lost.topic.as_deref() == Some(&**topic)).expect("it is named");
                    next[topic] += lost.messages;
                    told -= lost.messages;
                }
                Word::Message(topic, number) => {
                    prop_assert_eq!(*number, next[*topic]);
                    next[*topic] += 1;
                }
            }
        }
        prop_assert_eq!((next, told), (pushed, 0), "each loss at its place under its topic, and as many as were counted");
    }
}

#[test]
fn losses_in_more_places_than_can_be_told_are_told_together() {
    // Of one topic, of several, and of more than can be told apart.
    for (topics, mixed) in [(1, false), (3, false), (3_000, true)] {
        let mut backlog = backlog(6_000);
        // Every second message is overtaken, each in a place of its own.
        for number in 0..9_000_u64 {
            let key = if number % 2 == 0 { "same".to_owned() } else { number.to_string() };
            let weight = Weight { bytes: 1, key: Some(&key) };
            let topic = usize::try_from(number).unwrap() / 2 % topics;
            backlog.push(Word::Message(topic, number), weight, |_| Overflow::Conflate);
            assert!(backlog.losses <= MAX_LOSSES);
        }
        let (mut messages, mut lost, mut unnamed) = (0, 0, false);
        while let Some(word) = backlog.pop() {
            match word {
                Word::Message(..) => messages += 1,
                Word::Lost(more) => {
                    lost += more.messages;
                    unnamed |= more.mixed;
                    assert_eq!(more.topic.is_none(), more.mixed);
                }
            }
        }
        assert_eq!((messages, lost, backlog.dropped(), unnamed), (6_000, 3_000, 3_000, mixed), "{topics} topics");
    }
}
