//! Inbound delivery: whole generated clients, handler and all, beside the plain tokio-tungstenite loop that only counts.
//!
//! `cargo bench -p benches --bench inbound`: in memory on one thread and on two, then over TCP and TLS from a process of its own.

use std::process::ExitCode;

use benches::{
    arms::inbound::{self, Arm, Workload},
    prelude::*,
    server,
};

const LAPS: u64 = 24;

/// The same of the longest, of which the arms that read take long.
const FEWER: u64 = 6;

/// The plain loop, with the buffer it has by default and with one that is tuned for a flood.
const PLAIN: Arm = Arm::Plain(None);
const TUNED: Arm = Arm::Plain(Some(64 * 1024));

const ARMS: [Arm; 8] = [PLAIN, TUNED, Arm::Count, Arm::Route, Arm::Described, Arm::Read, Arm::PlainTyped, Arm::Serde];

fn main() -> ExitCode {
    report::run("inbound", measure)
}

fn measure(report: &mut Report) -> Outcome {
    Threads::One.run(inbound::refuses_what_is_no_text())?;
    for (letter, size) in SIZES {
        let laps = if letter == "l" { FEWER } else { LAPS };
        let work = Workload { ring: Ring::of(size), pace: Pace::Flood, laps };
        let found = rounds(&ARMS, Threads::One, |arm| inbound::memory(arm, work, Threads::One.clock()))?;
        for arm in ARMS {
            report.cost(&format!("{arm:?}, {letter}"), found.nanos(arm, laps * MESSAGES), "ns a message");
        }
        let goal = if letter == "m" { Goal::AtMost(1.03, 0.60) } else { Goal::None };
        report.ratio(format!("1: routed, {letter}"), found.ratio(Arm::Route, PLAIN), goal);
        report.ratio(format!("counted, {letter}"), found.ratio(Arm::Count, PLAIN), Goal::None);
        report.ratio(format!("counted, described, {letter}"), found.ratio(Arm::Described, PLAIN), Goal::None);
        report.ratio(format!("plain, tuned, {letter}"), found.ratio(TUNED, PLAIN), Goal::None);
        report.ratio(
            format!("typed, {letter}, by plain and typed"),
            found.ratio(Arm::Read, Arm::PlainTyped),
            Goal::None,
        );
    }
    let work = Workload { ring: Ring::of(SIZES[1].1), pace: Pace::Flood, laps: LAPS };
    let pair = [PLAIN, Arm::Route];
    let found = rounds(&pair, Threads::Two, |arm| inbound::memory(arm, work, Threads::Two.clock()))?;
    report.ratio("routed, m, two threads", found.ratio(Arm::Route, PLAIN), Goal::None);
    over_tcp(report, work)
}

fn over_tcp(report: &mut Report, work: Workload) -> Outcome {
    let arms = [PLAIN, TUNED, Arm::Count, Arm::Route];
    let server = server::start(server::Kind::Feed { size: 1, laps: LAPS, pace: Pace::Flood })?;
    for (threads, name) in [(Threads::One, "TCP"), (Threads::Two, "TCP, two threads")] {
        let found = rounds(&arms, threads, |arm| inbound::run(arm, work, server.address(), threads.clock()))?;
        for arm in arms {
            report.cost(&format!("{arm:?}, m, {name}"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
        }
        report.ratio(format!("routed, m, {name}"), found.ratio(Arm::Route, PLAIN), Goal::None);
        report.ratio(format!("plain, tuned, m, {name}"), found.ratio(TUNED, PLAIN), Goal::None);
    }
    let arms = [PLAIN, TUNED, Arm::Route, Arm::Read, Arm::PlainTyped];
    let secured = Secured(server.address());
    let found = rounds(&arms, Threads::One, |arm| inbound::run(arm, work, secured, Threads::One.clock()))?;
    for arm in arms {
        report.cost(&format!("{arm:?}, m, TLS"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
    }
    report.ratio("routed, m, TLS", found.ratio(Arm::Route, PLAIN), Goal::None);
    report.ratio("typed, m, TLS, by plain and typed", found.ratio(Arm::Read, Arm::PlainTyped), Goal::None);
    Ok(())
}
