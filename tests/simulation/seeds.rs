//! Many seeds of one scenario, and what is told of those that fail.

use std::{
    any::type_name_of_val,
    env,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// How many seeds there are, or which: `64`, or `17..18`.
const VARIABLE: &str = "NOVA_SEEDS";

/// Eight seeds, or those that `NOVA_SEEDS` names.
pub(crate) fn seeds() -> Range<u64> {
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is `64` or `17..18`, and not {text}"));
    let Ok(seeds) = env::var(VARIABLE) else { return 0..8 };
    let (from, to) = seeds.split_once("..").unwrap_or(("0", &seeds));
    number(from)..number(to)
}

/// Runs a scenario over each seed; where some fail, says how to see each of them again.
///
/// # Panics
/// Where the scenario does for any seed, once all had their turn.
pub(crate) fn each_seed(mut scenario: impl FnMut(u64)) {
    let name = type_name_of_val(&scenario).split("::").skip(1).take_while(|part| !part.starts_with('{'));
    let name = name.collect::<Vec<_>>().join("::");
    let mut failed = Vec::new();
    for seed in seeds() {
        if catch_unwind(AssertUnwindSafe(|| scenario(seed))).is_err() {
            failed.push(format!("{VARIABLE}={seed}..{} cargo test -p tests --test simulation {name}", seed + 1));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} seeds failed; each of them again:\n{}",
        failed.len(),
        seeds().count(),
        failed.join("\n")
    );
}

/// Chances of the faults (SplitMix64): their own, so that one more client does not change them.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }

    pub(crate) fn pick(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).expect("below a usize")
    }
}
