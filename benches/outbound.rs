//! A million small sends through a handle, beside the plain tokio-tungstenite stream that is fed and flushed once.
//!
//! `cargo bench -p benches --bench outbound`. The other end takes off the masks and asserts each number.

use std::process::ExitCode;

use benches::{
    arms::sends::{self, Arm},
    prelude::*,
    server,
};

const SENDS: u64 = 1_000_000;

/// Over TCP the other end is a process that has to keep up.
const SENDS_TCP: u64 = 200_000;

const ARMS: [Arm; 2] = [Arm::Plain, Arm::Nova];

fn main() -> ExitCode {
    report::run("outbound", measure)
}

fn measure(report: &mut Report) -> Outcome {
    let found = rounds(&ARMS, Threads::One, |arm| sends::memory(arm, SENDS, Threads::One.clock()))?;
    for arm in ARMS {
        report.cost(&format!("{arm:?}, in memory"), found.nanos(arm, SENDS), "ns a send");
    }
    report.ratio("sends, in memory", found.ratio(Arm::Nova, Arm::Plain), Goal::None);
    let server = server::start(server::Kind::Numbers)?;
    let found = rounds(&ARMS, Threads::One, |arm| sends::run(arm, SENDS_TCP, server.address(), Threads::One.clock()))?;
    for arm in ARMS {
        report.cost(&format!("{arm:?}, TCP"), found.nanos(arm, SENDS_TCP), "ns a send");
    }
    report.ratio("8: sends, TCP", found.ratio(Arm::Nova, Arm::Plain), Goal::AtMost(0.8, 0.55));
    Ok(())
}
