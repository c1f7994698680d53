//! Any sequence of messages, whole or damaged: the book is what a model has that was told nothing but what truly followed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A book as one would write it without a thought: prices in whole steps, and the last number.
#[derive(Clone, Debug, Default)]
struct Model {
    sides: [BTreeMap<u32, u32>; 2],
    last: Option<u64>,
}

/// A message, in steps: which side, price, amount.
#[derive(Clone, Debug)]
struct Step {
    previous: u64,
    id: u64,
    snapshot: bool,
    levels: Vec<(bool, u32, u32)>,
}

impl Step {
    fn told(&self) -> Told {
        let level = |price: u32, amount: u32| Level { price: price.into(), amount: amount.into() };
        let side = |ask| {
            let of = self.levels.iter().filter(move |(side, ..)| *side == ask);
            of.map(|&(_, price, amount)| level(price, amount)).collect()
        };
        let numbers =
            if self.snapshot { Numbers::snapshot(self.id) } else { Numbers::change(self.id).since(self.previous) };
        Told { numbers, bids: side(false), asks: side(true), checksum: None }
    }
}

impl Model {
    /// Takes what follows; whether the book is right behind it.
    fn take(&mut self, step: &Step) -> bool {
        if step.snapshot {
            self.sides = Default::default();
        }
        for &(ask, price, amount) in &step.levels {
            let side = &mut self.sides[usize::from(ask)];
            side.remove(&price);
            if amount > 0 {
                side.insert(price, amount);
            }
        }
        self.last = Some(step.id);
        let (bid, ask) = (self.best(false), self.best(true));
        bid.zip(ask).is_none_or(|((bid, _), (ask, _))| bid < ask)
    }

    fn best(&self, ask: bool) -> Option<(u32, u32)> {
        let side = &self.sides[usize::from(ask)];
        let best = if ask { side.first_key_value() } else { side.last_key_value() };
        best.map(|(price, amount)| (*price, *amount))
    }
}

fn steps(at_most: usize) -> impl Strategy<Value = Vec<Step>> {
    let level = (prop::bool::ANY, 0_u32..12, 0_u32..4).prop_map(|(ask, price, amount)| {
        // Mostly apart, sometimes crossed.
        (ask, if ask { price + 8 } else { price }, amount)
    });
    let step = (0_u64..10, 1_u64..10, prop::bool::weighted(0.15), prop::collection::vec(level, 0..5));
    let step = step.prop_map(|(previous, id, snapshot, levels)| Step { previous, id, snapshot, levels });
    prop::collection::vec(step, 0..at_most)
}

/// A stream that is whole: each follows the one before it.
fn whole(mut steps: Vec<Step>) -> Vec<Step> {
    for (place, step) in steps.iter_mut().enumerate() {
        let at = u64::try_from(place).expect("a small number") * 3 + 1;
        (step.previous, step.id, step.snapshot) = (at.saturating_sub(3), at, place == 0);
    }
    steps
}

fn same(book: &OrderBook, model: &Model) -> Result<(), TestCaseError> {
    let best = |ask| model.best(ask).map(|(price, amount)| Level { price: price.into(), amount: amount.into() });
    let top = book.top().expect("it is live");
    prop_assert_eq!((top.bid, top.ask), (best(false), best(true)));
    prop_assert_eq!(book.bids().count() + book.asks().count(), model.sides.iter().map(BTreeMap::len).sum::<usize>());
    Ok(())
}

proptest! {
    /// Numbers as they fall: whatever is applied follows what was applied before it, or is a snapshot.
    #[test]
    fn r74_no_update_is_ever_applied_over_a_gap(steps in steps(60)) {
        let (mut book, mut model) = (OrderBook::new(Rule::PrevId), None::<Model>);
        for step in steps {
            let result = book.apply(&step.told());
            let follows = |model: &Model| model.last == Some(step.previous) && step.id > step.previous;
            let taken = match &mut model {
                _ if step.snapshot => Some(model.insert(Model::default()).take(&step)),
                Some(model) if follows(model) => Some(model.take(&step)),
                Some(model) if model.last == Some(step.id) => {
                    prop_assert_eq!(result, Ok(Applied::Ignored));
                    continue;
                }
                _ => None,
            };
            match taken {
                Some(true) if step.snapshot => prop_assert_eq!(result, Ok(Applied::Snapshot)),
                Some(true) => prop_assert_eq!(result, Ok(Applied::Change)),
                Some(false) => prop_assert!(matches!(result, Err(Fault::Crossed { .. })), "{:?}", result),
                None => prop_assert!(matches!(result, Err(Fault::Gap { .. }) | Ok(Applied::Ignored)), "{:?}", result),
            }
            if taken == Some(true) {
                same(&book, model.as_ref().expect("it has taken the step"))?;
            } else {
                model = None;
                prop_assert_eq!((book.top(), book.bids().count() + book.asks().count()), (None, 0));
            }
        }
    }

    /// One message of a whole stream is lost, repeated or swapped with the next: the book ends as the stream does, or knows that it does
    /// not.
    #[test]
    fn r74_one_lost_repeated_or_swapped_is_seen_or_does_no_harm(
        steps in steps(20), place in 0_usize..20, harm in 0_u8..3, waiting in prop::bool::ANY,
    ) {
        let sent = whole(steps);
        prop_assume!(place + 1 < sent.len());
        let mut received = sent.clone();
        match harm {
            0 => drop(received.remove(place)),
            1 => received.insert(place, sent[place].clone()),
            _ => received.swap(place, place + 1),
        }
        let mut book = OrderBook::new(Rule::PrevId).waiting(if waiting { 100 } else { 0 });
        let mut faults = 0;
        for step in &received {
            faults += usize::from(book.apply(&step.told()).is_err());
        }
        let mut model = Model::default();
        let right = sent.iter().filter(|step| !model.take(step)).count() == 0;
        match harm {
            0 => prop_assert!(!book.is_live(), "a loss was not seen"),
            1 if right => prop_assert!(book.is_live() && faults == 0, "a repeat did harm"),
            1 => {}
            // What comes before a snapshot that is waited for is no disorder.
            _ => prop_assert!(faults > 0 || !right || (waiting && place == 0), "a swap was not seen"),
        }
        if book.is_live() && faults == 0 {
            same(&book, &model)?;
        }
    }

    /// However many wait when the snapshot comes: the book is the same as if it had been there from the start.
    #[test]
    fn a_snapshot_beside_the_stream_makes_the_same_book(
        steps in steps(20), taken in prop::sample::Index::arbitrary(), seen in prop::sample::Index::arbitrary(),
    ) {
        let mut model = Model::default();
        let mut sent = whole(steps);
        let right = sent.iter().take_while(|step| model.clone().take(step) && model.take(step)).count();
        prop_assume!(right > 0);
        sent.truncate(right);
        let taken = taken.index(right);
        let seen = taken + 1 + seen.index(right - taken);
        // The snapshot is the stream's state behind `taken`; it comes when all up to `seen` were received.
        let mut state = Model::default();
        prop_assert!(sent[..=taken].iter().all(|step| state.take(step)));
        let levels = [false, true].into_iter().flat_map(|ask| {
            state.sides[usize::from(ask)].iter().map(move |(price, amount)| (ask, *price, *amount))
        });
        let snapshot = Step { previous: 0, id: sent[taken].id, snapshot: true, levels: levels.collect() };

        let mut book = OrderBook::new(Rule::PrevId).waiting(100);
        for step in sent[..seen].iter().filter(|step| !step.snapshot) {
            prop_assert_eq!(book.apply(&step.told()), Ok(Applied::Waiting));
        }
        prop_assert_eq!(book.apply(&snapshot.told()), Ok(Applied::Snapshot));
        for step in &sent[seen.max(1)..] {
            prop_assert_eq!(book.apply(&step.told()), Ok(Applied::Change));
        }
        same(&book, &model)?;
    }
}
