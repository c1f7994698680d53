//! Counts instructions: a program runs itself under valgrind's callgrind, twice, and the difference is the work alone.
//!
//! On streams in memory that is repeatable to the instruction, which no clock is where others use the machine too.

use std::{env, path::Path, process::Command};

/// Says to a run of this program what it is to do.
const RUN: &str = "NOVA_BENCH_RUN";

/// valgrind counts each turn of `rep movsb` and `rep stosb`: these are for the machine's own copies only.
const TUNABLES: &str = "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000";

/// Whether valgrind is there.
pub fn installed() -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|folder| Path::new(&folder).join("valgrind").is_file())
}

/// What this run is to do: the arm's name and how much, where it is one that is counted.
pub fn told() -> Option<(String, u64)> {
    let told = env::var(RUN).ok()?;
    let (arm, amount) = told.rsplit_once(' ')?;
    Some((arm.to_owned(), amount.parse().ok()?))
}

/// Instructions for each of `per` units that `amounts[1]` has more than `amounts[0]`.
///
/// # Errors
/// What a run said that failed.
pub fn count(arm: &str, amounts: [u64; 2], per: u64) -> Result<u32, String> {
    let [few, many] = amounts;
    let (first, second) = (run(arm, few)?, run(arm, many)?);
    u32::try_from(second.saturating_sub(first) / ((many - few) * per)).map_err(|_| format!("{arm}: more than can be"))
}

fn run(arm: &str, amount: u64) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    valgrind.env(RUN, format!("{arm} {amount}")).env("GLIBC_TUNABLES", TUNABLES);
    let said = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
    let errors = String::from_utf8_lossy(&said.stderr);
    let counted = errors.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    match counted {
        Some(instructions) if said.status.success() => Ok(instructions),
        _ => Err(format!("{arm}: {errors}")),
    }
}
