//! Heap allocations a message, a send, a call, in steady state: two runs, the second with more, and the difference.
//!
//! `cargo bench -p benches --bench allocations`. What comes seldom (a fragment, a ping) may cost one: a hundredth a message is nothing.

use std::{alloc::System, process::ExitCode, time::Duration};

use benches::{
    arms::{inbound, requests, sends},
    prelude::*,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const LAPS: [u32; 2] = [2, 6];
const UNITS: [u32; 2] = [8_192, 40_960];

fn main() -> ExitCode {
    report::run("allocations", measure)
}

fn measure(report: &mut Report) -> Outcome {
    // Nothing is timed.
    let clock = || Duration::ZERO;
    let feeds = [
        ("a message, plain", inbound::Arm::Plain(None), Goal::None),
        ("13: a message, counted", inbound::Arm::Count, Goal::AtMost(0.01, 0.01)),
        ("13: a message, routed", inbound::Arm::Route, Goal::AtMost(0.01, 0.01)),
        ("13: a message, typed", inbound::Arm::Read, Goal::AtMost(0.01, 0.01)),
        ("a message, counted, described", inbound::Arm::Described, Goal::None),
    ];
    let ring = Ring::of(SIZES[1].1);
    for (what, arm, goal) in feeds {
        let run = |laps: u32| {
            let work = inbound::Workload { ring, pace: Pace::Flood, laps: laps.into() };
            inbound::memory(arm, work, clock)
        };
        let all = more(LAPS, run)?;
        let messages = f64::from(LAPS[1] - LAPS[0]) * f64::from(u32::try_from(MESSAGES).unwrap_or(u32::MAX));
        report.value(what, all / messages, goal);
    }
    let kept = Threads::One.run(inbound::kept_of_topics(Ring::of_topics(1_000, SIZES[1].1), in_use))?;
    report.cost("a topic of a thousand", f64::from(u32::try_from(kept).unwrap_or(u32::MAX)) / 1_000.0, "bytes");
    let units = f64::from(UNITS[1] - UNITS[0]);
    for (what, arm) in [("a send, plain", sends::Arm::Plain), ("a send", sends::Arm::Nova)] {
        report.value(what, more(UNITS, |sends| sends::memory(arm, sends.into(), clock))? / units, Goal::None);
    }
    for (what, arm) in [("a call, plain", requests::Arm::Plain(None)), ("a call", requests::Arm::Nova)] {
        let run =
            |calls: u32| requests::memory(arm, requests::Workload { calls: calls.into(), outstanding: 64 }, clock);
        report.value(what, more(UNITS, run)? / units, Goal::None);
    }
    Ok(())
}

/// How many more allocations the second amount takes than the first.
fn more<F: Future<Output = Outcome<Duration>>>(amounts: [u32; 2], run: impl Fn(u32) -> F) -> Outcome<f64> {
    let [few, many] = amounts.map(|amount| {
        let before = taken();
        Threads::One.run(run(amount)).map(|_| taken() - before)
    });
    let more = many?.saturating_sub(few?);
    u32::try_from(more).map(f64::from).map_err(|error| error.to_string())
}

fn in_use() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn taken() -> usize {
    let stats = HEAP.stats();
    stats.allocations + stats.reallocations
}
