//! Calls through clones of a handle, beside the plain tokio-tungstenite stream: one at a time, and 64.
//!
//! `cargo bench -p benches --bench rpc`: in memory, and over TCP and TLS to a process of its own, where it is a write a request that costs.

use std::process::ExitCode;

use benches::{
    arms::requests::{self, Arm, Workload},
    cpu,
    prelude::*,
    rounds::Rounds,
    server,
};

const PLAIN: Arm = Arm::Plain(None);
const TUNED: Arm = Arm::Plain(Some(16 * 1024));
const BATCH: Arm = Arm::PlainBatch(Some(16 * 1024));

const ARMS: [Arm; 4] = [PLAIN, TUNED, BATCH, Arm::Nova];

fn main() -> ExitCode {
    report::run("rpc", measure)
}

fn measure(report: &mut Report) -> Outcome {
    for outstanding in [1, 64] {
        let work = Workload { calls: 32_768, outstanding };
        let found = rounds(&ARMS, Threads::One, |arm| requests::memory(arm, work, cpu::thread))?;
        tell(report, &found, work, "in memory");
        report.ratio(format!("CPU, {outstanding} at a time, in memory"), found.ratio(Arm::Nova, PLAIN), Goal::None);
    }
    let server = server::start(server::Kind::Answers)?;
    for (outstanding, calls) in [(1, 4_096), (64, 16_384)] {
        let work = Workload { calls, outstanding };
        for (threads, name) in [(Threads::One, "TCP"), (Threads::Two, "TCP, two threads")] {
            // Requests a second: what counts is the clock, so a ratio is of times, the plain loop's by nova's.
            let found = rounds(&ARMS, threads, |arm| requests::run(arm, work, server.address(), cpu::wall))?;
            tell(report, &found, work, name);
            let judged = outstanding == 64 && threads == Threads::One;
            let goal = if judged { Goal::AtLeast(3.0, 4.0) } else { Goal::None };
            report.ratio(
                format!("6: requests/s, {outstanding} at a time, {name}"),
                found.ratio(PLAIN, Arm::Nova),
                goal,
            );
        }
    }
    let work = Workload { calls: 16_384, outstanding: 64 };
    let secured = Secured(server.address());
    let found = rounds(&ARMS, Threads::One, |arm| requests::run(arm, work, secured, cpu::wall))?;
    tell(report, &found, work, "TLS");
    report.ratio("6: requests/s, 64 at a time, TLS", found.ratio(PLAIN, Arm::Nova), Goal::None);
    Ok(())
}

fn tell(report: &Report, found: &Rounds<Arm>, work: Workload, name: &str) {
    for arm in ARMS {
        let what = format!("{arm:?}, {} at a time, {name}", work.outstanding);
        report.cost(&what, found.nanos(arm, work.calls), "ns a call");
    }
}
