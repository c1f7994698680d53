//! Instructions a message, a call: counted by valgrind's callgrind on streams in memory, and compared with those that were committed.
//!
//! `cargo bench -p benches --bench instructions` fails where one of nova's counts is more than 3 % off `benches/instructions.txt`, in
//! either direction; `-- --renew` writes that file anew. It needs `valgrind`, and says so where there is none.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path, process::ExitCode, time::Duration};

use benches::{
    arms::{Outcome, inbound, requests, sends},
    callgrind,
    frames::{MESSAGES, Ring, SIZES},
    goals::Goal,
    peer::Pace,
};
use inbound::Arm::{Bare, Count, Described, Plain, PlainTyped, Read, Route, Serde};
use requests::Arm::{Nova, Plain as PlainCalls};

/// Where the counts are committed.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

/// How far a count may be off, in percent.
const TOLERANCE: f64 = 3.0;

/// Laps of a feed, calls and sends, of the first run and of the second.
const LAPS: [u64; 2] = [1, 4];
const CALLS: [u64; 2] = [2_048, 10_240];
const SENDS: [u64; 2] = [8_192, 40_960];

/// Buffers of the plain loop that is tuned: for a feed that is sparse, for calls, for a flood.
const SPARSE: Option<usize> = Some(4 * 1024);
const CALLING: Option<usize> = Some(16 * 1024);
const FLOOD: Option<usize> = Some(64 * 1024);

#[derive(Clone, Copy)]
enum Way {
    Feed(inbound::Arm, Pace, usize),
    /// Routed, of so many topics.
    Topics(usize),
    Calls(requests::Arm, u64),
    Sends(sends::Arm),
}

/// All that is counted. Those of nova are the gate.
const WAYS: [(&str, Way); 25] = [
    ("inbound s: plain", Way::Feed(Plain(None), Pace::Flood, 0)),
    ("inbound s: nova, routed", Way::Feed(Route, Pace::Flood, 0)),
    ("inbound m: plain", Way::Feed(Plain(None), Pace::Flood, 1)),
    ("inbound m: plain, 64 KiB", Way::Feed(Plain(FLOOD), Pace::Flood, 1)),
    ("inbound m: nova, without channels", Way::Feed(Bare, Pace::Flood, 1)),
    ("inbound m: nova, counted", Way::Feed(Count, Pace::Flood, 1)),
    ("inbound m: nova, routed", Way::Feed(Route, Pace::Flood, 1)),
    ("inbound m: nova, routed, 1 topic", Way::Topics(1)),
    ("inbound m: nova, routed, 1,000 topics", Way::Topics(1_000)),
    ("inbound m: nova, described", Way::Feed(Described, Pace::Flood, 1)),
    ("inbound m: nova, typed", Way::Feed(Read, Pace::Flood, 1)),
    ("inbound m: plain, typed", Way::Feed(PlainTyped, Pace::Flood, 1)),
    ("inbound m: read alone", Way::Feed(Serde, Pace::Flood, 1)),
    ("inbound l: plain", Way::Feed(Plain(None), Pace::Flood, 2)),
    ("inbound l: nova, routed", Way::Feed(Route, Pace::Flood, 2)),
    ("sparse m: plain", Way::Feed(Plain(None), Pace::Sparse, 1)),
    ("sparse m: plain, 4 KiB", Way::Feed(Plain(SPARSE), Pace::Sparse, 1)),
    ("sparse m: nova, routed", Way::Feed(Route, Pace::Sparse, 1)),
    ("calls, 1 at a time: plain", Way::Calls(PlainCalls(None), 1)),
    ("calls, 1 at a time: plain, 16 KiB", Way::Calls(PlainCalls(CALLING), 1)),
    ("calls, 1 at a time: nova", Way::Calls(Nova, 1)),
    ("calls, 64 at a time: plain, 16 KiB", Way::Calls(PlainCalls(CALLING), 64)),
    ("calls, 64 at a time: nova", Way::Calls(Nova, 64)),
    ("sends: plain", Way::Sends(sends::Arm::Plain)),
    ("sends: nova", Way::Sends(sends::Arm::Nova)),
];

/// What is told of them: nova's count, less another of its own, by that of the other arm.
const RATIOS: [(&str, [&str; 3], Goal); 13] = [
    ("routed, flood, s", ["inbound s: nova, routed", "", "inbound s: plain"], Goal::None),
    ("2: routed, flood, m", ["inbound m: nova, routed", "", "inbound m: plain"], Goal::AtMost(1.15, 0.70)),
    ("counted, flood, m", ["inbound m: nova, counted", "", "inbound m: plain"], Goal::None),
    (
        "routed, flood, m, of 1,000 topics",
        ["inbound m: nova, routed, 1,000 topics", "", "inbound m: plain"],
        Goal::None,
    ),
    ("counted, described, flood, m", ["inbound m: nova, described", "", "inbound m: plain"], Goal::None),
    ("routed, flood, l", ["inbound l: nova, routed", "", "inbound l: plain"], Goal::None),
    ("3: routed, sparse, m", ["sparse m: nova, routed", "", "sparse m: plain"], Goal::AtMost(0.26, 0.13)),
    ("3: the same, by 4 KiB", ["sparse m: nova, routed", "", "sparse m: plain, 4 KiB"], Goal::AtMost(1.0, 0.5)),
    (
        "4: routing and reading, m, by reading",
        ["inbound m: nova, typed", "inbound m: nova, without channels", "inbound m: read alone"],
        Goal::AtMost(1.05, 1.02),
    ),
    ("typed, flood, m", ["inbound m: nova, typed", "", "inbound m: plain, typed"], Goal::None),
    (
        "7: 1 call, by 16 KiB",
        ["calls, 1 at a time: nova", "", "calls, 1 at a time: plain, 16 KiB"],
        Goal::AtMost(1.1, 0.9),
    ),
    (
        "7: 64 calls, by 16 KiB",
        ["calls, 64 at a time: nova", "", "calls, 64 at a time: plain, 16 KiB"],
        Goal::AtMost(1.1, 0.9),
    ),
    ("a small send", ["sends: nova", "", "sends: plain"], Goal::None),
];

impl Way {
    /// The amounts of the two runs, and how many messages or calls one of them is.
    fn amounts(self) -> ([u64; 2], u64) {
        match self {
            Self::Feed(..) | Self::Topics(_) => (LAPS, MESSAGES),
            Self::Calls(..) => (CALLS, 1),
            Self::Sends(_) => (SENDS, 1),
        }
    }

    #[tokio::main(flavor = "current_thread")]
    async fn run(self, amount: u64) -> Outcome {
        // Nothing is timed.
        let clock = || Duration::ZERO;
        match self {
            Self::Feed(arm, pace, size) => {
                let work = inbound::Workload { ring: Ring::of(SIZES[size].1), pace, laps: amount };
                inbound::memory(arm, work, clock).await.map(drop)
            }
            Self::Topics(topics) => {
                let ring = Ring::of_topics(topics, SIZES[1].1);
                let work = inbound::Workload { ring, pace: Pace::Flood, laps: amount };
                inbound::memory(Route, work, clock).await.map(drop)
            }
            Self::Calls(arm, outstanding) => {
                let work = requests::Workload { calls: amount, outstanding };
                requests::memory(arm, work, clock).await.map(drop)
            }
            Self::Sends(arm) => sends::memory(arm, amount, clock).await.map(drop),
        }
    }
}

fn main() -> ExitCode {
    if let Some((name, amount)) = callgrind::told() {
        let ended = WAYS.iter().find(|(known, _)| *known == name).map(|(_, way)| way.run(amount));
        return match ended {
            Some(Ok(())) => ExitCode::SUCCESS,
            Some(Err(complaint)) => fail(&complaint),
            None => fail("no such arm"),
        };
    }
    if !callgrind::installed() {
        println!("not counted: valgrind is not there");
        return if env::var_os("CI").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let only = arguments.iter().find(|argument| !argument.starts_with("--"));
    let mut counts = BTreeMap::new();
    println!("instructions a message or call, the other end's in memory included");
    for (name, way) in WAYS.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only.as_str()))) {
        let (amounts, per) = way.amounts();
        match callgrind::count(name, amounts, per) {
            Ok(count) => {
                println!("{name:<36} {count:>8}");
                counts.insert(*name, f64::from(count));
            }
            Err(complaint) => return fail(&complaint),
        }
    }
    println!();
    for (label, [nova, less, other], goal) in RATIOS {
        let (Some(nova), Some(other)) = (counts.get(nova), counts.get(other)) else { continue };
        let ratio = (nova - counts.get(less).unwrap_or(&0.0)) / other;
        println!("{label:<38} {ratio:>5.2}  {goal:<18}  {}", goal.judge(ratio));
    }
    if arguments.iter().any(|argument| argument == "--renew") {
        return renew(&counts);
    }
    compare(&counts)
}

/// Writes nova's counts to the file that is committed.
fn renew(counts: &BTreeMap<&str, f64>) -> ExitCode {
    let mut file =
        "# Instructions a message or call. Renew: cargo bench -p benches --bench instructions -- --renew\n".to_owned();
    for (name, count) in counts.iter().filter(|(name, _)| name.contains("nova")) {
        // A `String` takes all that is written to it.
        let _ = writeln!(file, "{count:.0} {name}");
    }
    match fs::write(Path::new(COMMITTED), file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{COMMITTED}: {error}")),
    }
}

/// Compares nova's counts with those in the file.
fn compare(counts: &BTreeMap<&str, f64>) -> ExitCode {
    let file = match fs::read_to_string(COMMITTED) {
        Ok(file) => file,
        Err(error) => return fail(&format!("{COMMITTED}: {error}")),
    };
    let committed = |name: &str| {
        let line = file.lines().filter_map(|line| line.split_once(' ')).find(|(_, known)| *known == name);
        line.and_then(|(count, _)| count.parse::<f64>().ok())
    };
    let mut changed = false;
    for (name, count) in counts.iter().filter(|(name, _)| name.contains("nova")) {
        match committed(name).map(|was| (was, (count / was - 1.0) * 100.0)) {
            Some((_, off)) if off.abs() <= TOLERANCE => {}
            Some((was, off)) => {
                println!("changed: {name}: {count:.0}, committed {was:.0} ({off:+.1} %)");
                changed = true;
            }
            None => {
                println!("changed: {name}: {count:.0}, not committed");
                changed = true;
            }
        }
    }
    if changed {
        return fail(
            "if that is meant: cargo bench -p benches --bench instructions -- --renew, and commit benches/instructions.txt",
        );
    }
    println!("\nnova's counts are those that were committed, ± {TOLERANCE} %");
    ExitCode::SUCCESS
}

fn fail(complaint: &str) -> ExitCode {
    println!("{complaint}");
    ExitCode::FAILURE
}
