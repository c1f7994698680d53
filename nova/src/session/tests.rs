//! The pure parts of a client against a reference model: whatever happens in whatever order, both tell and show the same.
//!
//! `NOVA_TRANSITIONS` steps of the machine are taken by chance, from seed `NOVA_SEED` on; a difference prints its seed and its inputs.
//! The counts are printed with `--nocapture`.

mod flaw;
mod input;
mod model;
mod rig;

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    fmt,
};

use rand::{SeedableRng as _, rngs::StdRng};

use self::{
    flaw::Flaw,
    input::{Fate, Input, TRIGGERS, Told},
    model::Model,
    rig::Rig,
};
use super::machine::{Machine, Trigger};
use crate::{state::Cause, time::Instant};

/// Inputs in a row before a new client begins.
const RUN: usize = 250;
/// Inputs in a row in the exhaustive search.
const DEPTH: usize = 8;

/// What a run has seen.
#[derive(Debug, Default)]
struct Counts {
    states: BTreeSet<&'static str>,
    inputs: usize,
    transitions: usize,
    refused: usize,
    ready: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, inputs, transitions, refused, ready } = self;
        write!(f, "{inputs} inputs, {transitions} transitions ({ready} to ready) into {} states, ", states.len())?;
        write!(f, "{refused} refused")
    }
}

/// Gives an input to both.
///
/// # Errors
/// What they differ in.
fn take(model: &mut Model, rig: &mut Rig, input: Input, counts: &mut Counts) -> Result<(), String> {
    let [mut told, mut expected] = [rig.take(input), model.take(input)];
    counts.inputs += 1;
    for told in &told {
        match told {
            Told::Step { to, .. } => {
                counts.transitions += 1;
                counts.ready += usize::from(to.is_ready());
                counts.states.insert(to.name());
            }
            Told::Illegal => counts.refused += 1,
            _ => {}
        }
    }
    // Callers are told at once, in whichever order; all else keeps its own.
    for told in [&mut told, &mut expected] {
        told.sort_by_key(|told| if let Told::Answered(id, _) = told { *id } else { 0 });
    }
    if told == expected && rig.view() == model.view() {
        return Ok(());
    }
    let (shown, right) = (rig.view(), model.view());
    Err(format!("{input:?}\n  told     {told:?}\n  expected {expected:?}\n  shows    {shown:?}\n  expected {right:?}"))
}

/// One client, fed by chance.
fn run(seed: u64, flaw: Option<Flaw>, counts: &mut Counts) -> Result<(), String> {
    let (mut rng, mut inputs) = (StdRng::seed_from_u64(seed), Vec::new());
    let (mut model, mut rig) = (Model::new(), Rig::new(Instant::now(), flaw));
    // A few are still given to one that is over.
    while inputs.len() < RUN && !(model.state.is_terminal() && inputs.len() % 16 == 0) {
        let input = Input::random(model.state, &mut rng);
        inputs.push(input);
        take(&mut model, &mut rig, input, counts).map_err(|difference| format!("after {inputs:?}:\n{difference}"))?;
    }
    Ok(())
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[test]
fn whatever_happens_the_parts_do_what_the_model_does() {
    let most = from_environment("NOVA_TRANSITIONS", 20_000);
    let first = from_environment("NOVA_SEED", 1);
    let mut counts = Counts::default();
    for seed in first.. {
        if counts.transitions as u64 >= most {
            break;
        }
        run(seed, None, &mut counts).unwrap_or_else(|difference| panic!("NOVA_SEED={seed} shows it: {difference}"));
    }
    println!("by chance, from seed {first} on: {counts}");
    assert_eq!(counts.states.len(), 10, "all states but idle and standby, into which nothing leads");
    assert!(counts.ready > counts.transitions / 50, "too few came far: {counts}");
}

/// What happens in the exhaustive search: every trigger, one topic, one call after the other.
fn alphabet() -> Vec<Input> {
    let others = [
        Input::Want(0, true),
        Input::Want(0, false),
        Input::Work,
        Input::Answered(0, Fate::Confirmed),
        Input::Answered(0, Fate::Unanswered),
        Input::Call { urgent: false, idempotent: true },
        Input::Answer,
        Input::Write,
    ];
    TRIGGERS.into_iter().map(Input::Step).chain(others).collect()
}

/// Each state of the model is gone on from once, however many ways lead to it.
#[test]
fn in_every_order_of_eight_inputs_the_parts_do_what_the_model_does() {
    let (alphabet, begin) = (alphabet(), Instant::now());
    let (mut counts, mut known) = (Counts::default(), HashSet::from([Model::new()]));
    let mut ways = VecDeque::from([Vec::new()]);
    while let Some(way) = ways.pop_front() {
        for input in &alphabet {
            let (mut model, mut rig) = (Model::new(), Rig::new(begin, None));
            for before in &way {
                model.take(*before);
                rig.take(*before);
            }
            take(&mut model, &mut rig, *input, &mut counts)
                .unwrap_or_else(|difference| panic!("after {way:?}:\n{difference}"));
            if known.insert(model) && way.len() + 1 < DEPTH {
                ways.push_back(way.iter().chain([input]).copied().collect());
            }
        }
    }
    println!(
        "in every order of {DEPTH} inputs out of {}: {} states of the model, {counts}",
        alphabet.len(),
        known.len()
    );
    assert!(known.len() > 1_000 && counts.ready > 0, "too few came far: {counts}");
}

#[test]
fn a_client_that_breaks_a_rule_differs_from_the_model() {
    for flaw in Flaw::ALL {
        let mut counts = Counts::default();
        let noticed = (1..=200).any(|seed| run(seed, Some(flaw), &mut counts).is_err());
        assert!(noticed, "{flaw:?} was not noticed: {counts}");
        println!("{flaw:?} was noticed after {} inputs", counts.inputs);
    }
}

#[test]
fn what_is_refused_is_told_by_a_name_of_its_own() {
    let names: BTreeSet<&str> = TRIGGERS.iter().map(|trigger| trigger.name()).collect();
    assert_eq!(names.len(), TRIGGERS.len(), "{names:?}");
}

#[test]
fn a_deadline_ends_with_its_state() {
    let now = Instant::now();
    let mut machine = Machine::new(now);
    machine.step(Trigger::Dial, Cause::Started, (0, 0, None), now).unwrap();
    machine.set_deadline(Some(now));
    assert_eq!(machine.deadline(), Some(now));
    machine.step(Trigger::LoggedIn, Cause::LoggedIn, (0, 0, None), now).unwrap_err();
    assert_eq!(machine.deadline(), Some(now), "a step that is refused changes nothing");
    machine.step(Trigger::Connected, Cause::Connected, (0, 0, None), now).unwrap();
    assert_eq!(machine.deadline(), None);
}
