//! Many connections: what an idle one keeps in memory, what connecting costs, and what a message a second to each costs.
//!
//! `cargo bench -p benches --bench scale`. Each arm runs in a process of its own, or the second would find the memory of the first.

use std::{env, process::Command, process::ExitCode, sync::Arc, time::Duration};

use benches::{
    arms::crowds,
    cpu,
    prelude::*,
    report::failed,
    server::{self, Address, Kind},
};
use tokio::time::sleep;

/// Connections that are idle, and of those that hear something.
const IDLE: u32 = 5_000;
const HEARING: u32 = 10_000;

/// How long they listen.
const LISTEN: Duration = Duration::from_secs(5);

/// Says to a run of this program which arm it is.
const ARM: &str = "NOVA_BENCH_CROWD";

/// Runs of each arm; what counts is the median.
const RUNS: usize = 3;

fn main() -> ExitCode {
    if let Ok(told) = env::var(ARM) {
        let ended = crowd(&told);
        return ended.map_or_else(|complaint| failed(&complaint), |()| ExitCode::SUCCESS);
    }
    report::run("scale", measure)
}

fn measure(report: &mut Report) -> Outcome {
    let nova = run("nova", IDLE, Kind::Answers)?;
    let plain = run("plain", IDLE, Kind::Answers)?;
    for (name, found) in [("nova", nova), ("plain", plain)] {
        report.cost(&format!("{name}: an idle connection"), found[0], "bytes");
        report.cost(&format!("{name}: connecting"), found[1], "us of CPU");
    }
    report.value("9: KiB an idle connection", nova[0] / 1024.0, Goal::AtMost(4.0, 2.5));
    report.value("11: CPU of connecting", nova[1] / plain[1], Goal::AtMost(0.6, 0.4));
    let nova = run("nova", HEARING, Kind::Ticks)?;
    let plain = run("plain", HEARING, Kind::Ticks)?;
    for (name, found) in [("nova", nova), ("plain", plain)] {
        report.cost(&format!("{name}: a message a second to each of 10,000"), found[2], "us of CPU a message");
    }
    report.value("10: CPU of a message a second", nova[2] / plain[2], Goal::AtMost(0.95, 0.8));
    Ok(())
}

/// The medians of what an arm says of itself. Each run has a server of its own: to one address there are not ports enough for all.
fn run(arm: &str, count: u32, kind: Kind) -> Outcome<[f64; 3]> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut all = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        let server = server::start(kind)?;
        let mut child = Command::new(&program);
        let output = child
            .env(ARM, format!("{arm} {count} {}", server.address().port()))
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if !output.status.success() || found.len() != 3 {
            return Err(format!("{arm}: {said}"));
        }
        all.iter_mut().zip(found).for_each(|(all, found)| all.push(found));
    }
    Ok(all.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[RUNS / 2]
    }))
}

/// One arm: prints bytes a connection, the CPU of connecting one, and that of a message.
fn crowd(told: &str) -> Outcome {
    let words: Vec<&str> = told.split(' ').collect();
    let [arm, count, port] = words[..] else { return Err(format!("no crowd is {told:?}")) };
    let count: u32 = count.parse().map_err(|_| "no count")?;
    let address = Address::of(port.parse().map_err(|_| "no port")?);
    Threads::One.run(async {
        let lived = Arc::new(crowds::Lived::default());
        let (memory, start) = (cpu::resident(), cpu::thread());
        let crowd = match arm {
            "nova" => crowds::nova(count.into(), address, &lived).await?,
            _ => crowds::plain(count.into(), address, &lived).await?,
        };
        let connected = cpu::thread().saturating_sub(start);
        sleep(Duration::from_secs(1)).await;
        let (used, begin, heard) = (cpu::resident().saturating_sub(memory), cpu::thread(), lived.messages());
        sleep(LISTEN).await;
        let (listened, heard) = (cpu::thread().saturating_sub(begin), lived.messages() - heard);
        drop(crowd);
        let heard = u32::try_from(heard).map_err(|error| error.to_string())?;
        let wanted = count * 4;
        if heard > 0 && heard < wanted {
            return Err(format!("{heard} messages came, {wanted} and more were sent"));
        }
        let kib = u32::try_from(used / 1024).map_err(|error| error.to_string())?;
        let each = f64::from(kib) * 1024.0 / f64::from(count);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        println!("{each} {} {}", micros(connected) / f64::from(count), micros(listened) / f64::from(heard.max(1)));
        Ok(())
    })
}
