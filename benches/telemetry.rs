//! What telemetry costs a message, in instructions: a whole client over an in-memory stream, counted by valgrind's callgrind.
//!
//! `cargo bench -p benches --bench telemetry`; it needs `valgrind`, and says so where there is none.

use std::{future::ready, process::ExitCode, sync::Arc};

use benches::{
    arms::{Outcome, inbound::Workload},
    callgrind,
    clients::Count,
    frames::{MESSAGES, Ring, SIZES},
    peer::{Feed, GO, Pace},
    report::failed,
    rounds::Threads,
    stream::Memory,
    tally::Tally,
    told::Told,
};
use nova::{Patch, metrics::Counters};

/// Laps of the first run, and of the second.
const LAPS: [u64; 2] = [2, 12];

/// The ways: settings, and whether a collector counts.
const WAYS: [(&str, &str, bool); 5] = [
    ("off", "minimal", false),
    ("off, with a collector", "minimal", true),
    ("the profile's level", "detailed", false),
    ("standard, counted", "standard", true),
    ("detailed, counted", "detailed", true),
];

/// Nothing is told but the level's least; of messages nothing at all where they are switched off.
fn settings(level: &str, messages: bool) -> nova::Result<Patch> {
    let on = if messages { "true" } else { "false" };
    let patch = Patch::new().set("telemetry.level", level)?;
    ["connection", "message", "error", "reconnection"]
        .iter()
        .try_fold(patch, |patch, group| patch.set(&format!("telemetry.{group}"), on))
}

/// One run: so many laps, one way.
async fn run((name, level, counted): (&str, &str, bool), laps: u64) -> Outcome {
    let complain = |error: nova::Error| error.to_string();
    let work = Workload { ring: Ring::of(SIZES[1].1), pace: Pace::Flood, laps };
    let feed = Feed::new(work, Arc::new(Told::default()));
    let dialer = nova::dialer(move |_| ready(Ok(Memory::new(feed.clone()))));
    let (tally, done) = Tally::told(laps);
    let connect = nova::connect(Count(tally)).url("ws://bench.test/").dialer(dialer);
    let connect = connect.configure(settings(level, !name.starts_with("off")).map_err(complain)?);
    let connect = if counted { connect.metrics(Counters::default()) } else { connect };
    let handle = connect.await.map_err(complain)?;
    handle.send(GO).await.map_err(complain)?;
    done.await.map_err(|error| error.to_string())?.complaint().map_or(Ok(()), Err)
}

fn main() -> ExitCode {
    if let Some((name, laps)) = callgrind::told() {
        let way = WAYS.into_iter().find(|(known, ..)| *known == name);
        let ended =
            way.ok_or_else(|| format!("no way is called {name}")).and_then(|way| Threads::One.run(run(way, laps)));
        return ended.map_or_else(|complaint| failed(&complaint), |()| ExitCode::SUCCESS);
    }
    if !callgrind::installed() {
        return failed("not counted: valgrind is not there");
    }
    println!("instructions a message, client and server together");
    let mut off = None;
    for (name, ..) in WAYS {
        match callgrind::count(name, LAPS, MESSAGES) {
            Ok(count) => println!("{name:<24} {count}  +{}", count.saturating_sub(*off.get_or_insert(count))),
            Err(complaint) => return failed(&complaint),
        }
    }
    ExitCode::SUCCESS
}
