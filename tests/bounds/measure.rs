//! Allocated bytes at their peak, measured one test at a time.

use std::{
    future::Future,
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
};

use peak_alloc::PeakAlloc;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

pub(crate) const KIB: usize = 1024;
/// What a link in memory holds each way: little, as it is measured too.
pub(crate) const LINK: usize = 4 * KIB;
/// What a client that is ready may need beside what it has to keep: its thread's large buffer for reading is there already.
pub(crate) const READING: usize = 32 * KIB;

/// Runs a test in virtual time, with nothing else that allocates beside it.
pub(crate) fn alone(test: impl Future<Output = ()>) {
    run(true, test);
}

/// The same in real time, for sockets: nothing else opens one meanwhile.
pub(crate) fn alone_in_real_time(test: impl Future<Output = ()>) {
    run(false, test);
}

fn run(virtual_time: bool, test: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    // A test that failed says nothing about the next.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Builder::new_current_thread().enable_all().start_paused(virtual_time).build().unwrap().block_on(test);
}

/// What is allocated from here on.
pub(crate) struct Meter {
    before: usize,
}

impl Meter {
    pub(crate) fn start() -> Self {
        ALLOCATED.reset_peak_usage();
        Self { before: ALLOCATED.current_usage() }
    }

    /// How much more has been allocated at one time than when it started.
    pub(crate) fn peak(&self) -> usize {
        ALLOCATED.peak_usage().saturating_sub(self.before)
    }

    /// Prints the peak beside what is promised.
    pub(crate) fn hold(&self, what: &str, promised: usize) {
        let peak = self.peak();
        let (most, measured) = (promised / KIB, peak.div_ceil(KIB));
        let line = format!("{what}: promised {most} KiB, measured {measured} KiB\n");
        // Not `println`, which the test runner keeps to itself while a test passes.
        let _ = io::stderr().write_all(line.as_bytes());
        assert!(peak <= promised, "{what}: {peak} bytes of {promised}");
    }
}

/// What is allocated at this moment.
pub(crate) fn allocated() -> usize {
    ALLOCATED.current_usage()
}
