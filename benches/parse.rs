//! What routing and reading cost together: beside `from_str` of a type that is known, and beside the plain loop that does the same.
//!
//! `cargo bench -p benches --bench parse`. By instructions, which decide, `--bench instructions` has the same.

use std::process::ExitCode;

use benches::{
    arms::inbound::{self, Arm, Workload},
    prelude::*,
};

const LAPS: u64 = 12;

const ARMS: [Arm; 4] = [Arm::Bare, Arm::Read, Arm::PlainTyped, Arm::Serde];

fn main() -> ExitCode {
    report::run("parse", measure)
}

fn measure(report: &mut Report) -> Outcome {
    for (letter, size) in SIZES {
        let work = Workload { ring: Ring::of(size), pace: Pace::Flood, laps: LAPS };
        for (threads, name) in [(Threads::One, ""), (Threads::Two, ", two threads")] {
            let found = rounds(&ARMS, threads, |arm| inbound::memory(arm, work, threads.clock()))?;
            for arm in ARMS {
                report.cost(&format!("{arm:?}, {letter}{name}"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
            }
            // A client of a venue without channels delivers as much, and neither routes nor reads.
            let added = found.excess(Arm::Read, Arm::Bare, Arm::Serde);
            report.ratio(format!("4: routing and reading, {letter}{name}, by reading"), added, Goal::None);
            report.ratio(format!("typed, {letter}{name}"), found.ratio(Arm::Read, Arm::PlainTyped), Goal::None);
        }
    }
    Ok(())
}
