//! A feed as it is most of the time, one frame a read and a wait between: nova beside the plain tokio-tungstenite loop.
//!
//! `cargo bench -p benches --bench sparse`: in memory, then over TLS from a process of its own.

use std::process::ExitCode;

use benches::{
    arms::inbound::{self, Arm, Workload},
    prelude::*,
    server,
};

const LAPS: u64 = 12;

/// The plain loop, with the buffer it has by default and with one that is tuned for such a feed.
const PLAIN: Arm = Arm::Plain(None);
const TUNED: Arm = Arm::Plain(Some(4 * 1024));

const ARMS: [Arm; 4] = [PLAIN, TUNED, Arm::Count, Arm::Route];

fn main() -> ExitCode {
    report::run("sparse", measure)
}

fn measure(report: &mut Report) -> Outcome {
    let work = Workload { ring: Ring::of(SIZES[1].1), pace: Pace::Sparse, laps: LAPS };
    for (threads, name) in [(Threads::One, ""), (Threads::Two, ", two threads")] {
        let judged = |must, aim| if threads == Threads::One { Goal::AtMost(must, aim) } else { Goal::None };
        let found = rounds(&ARMS, threads, |arm| inbound::memory(arm, work, threads.clock()))?;
        for arm in ARMS {
            report.cost(&format!("{arm:?}, m{name}"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
        }
        report.ratio(format!("3: routed{name}"), found.ratio(Arm::Route, PLAIN), judged(0.20, 0.10));
        report.ratio(format!("3: routed{name}, by 4 KiB"), found.ratio(Arm::Route, TUNED), judged(1.0, 0.5));
    }
    let server = server::start(server::Kind::Feed { size: 1, laps: LAPS, pace: Pace::Sparse })?;
    let (secured, clock) = (Secured(server.address()), Threads::One.clock());
    let found = rounds(&ARMS, Threads::One, |arm| inbound::run(arm, work, secured, clock))?;
    for arm in ARMS {
        report.cost(&format!("{arm:?}, m, TLS"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
    }
    report.ratio("3: routed, TLS", found.ratio(Arm::Route, PLAIN), Goal::None);
    report.ratio("3: routed, TLS, by 4 KiB", found.ratio(Arm::Route, TUNED), Goal::None);
    Ok(())
}
