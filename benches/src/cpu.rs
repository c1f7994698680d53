//! Processor time, which says more than the clock where others use the machine too.

use std::{
    fs,
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

/// What this thread has used so far, the kernel's work for it included.
pub fn thread() -> Duration {
    // The kernel books a thread's time when it is scheduled.
    thread::yield_now();
    used("/proc/thread-self/schedstat")
}

/// What all threads of this process that are alive have used so far.
pub fn process() -> Duration {
    thread::yield_now();
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.map(|task| used(&task.path().join("schedstat").to_string_lossy())).sum()
}

/// The clock on the wall, for what is not the processor's.
pub fn wall() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn used(path: &str) -> Duration {
    let told = fs::read_to_string(path).unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

/// Bytes of this process that are in memory.
pub fn resident() -> u64 {
    let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() * 1024
}
