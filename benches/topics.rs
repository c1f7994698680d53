//! A feed of many topics: what a message costs where a client has subscribed one, and where it has subscribed thousands.
//!
//! `cargo bench -p benches --bench topics`: in memory, beside the plain tokio-tungstenite loop, which has no topics and only counts.

use std::process::ExitCode;

use benches::{
    arms::inbound::{self, Arm, Workload},
    prelude::*,
};

const LAPS: u64 = 24;

/// Of so many topics, each message of another than the one before it.
const TOPICS: [usize; 5] = [1, 10, 100, 1_000, 4_000];

const ARMS: [Arm; 2] = [Arm::Plain(None), Arm::Route];

fn main() -> ExitCode {
    report::run("topics", measure)
}

fn measure(report: &mut Report) -> Outcome {
    let (_, size) = SIZES[1];
    for topics in TOPICS {
        let work = Workload { ring: Ring::of_topics(topics, size), pace: Pace::Flood, laps: LAPS };
        let found = rounds(&ARMS, Threads::One, |arm| inbound::memory(arm, work, Threads::One.clock()))?;
        for arm in ARMS {
            report.cost(&format!("{arm:?}, topics: {topics}"), found.nanos(arm, LAPS * MESSAGES), "ns a message");
        }
        report.ratio(format!("routed, topics: {topics}"), found.ratio(Arm::Route, Arm::Plain(None)), Goal::None);
    }
    Ok(())
}
