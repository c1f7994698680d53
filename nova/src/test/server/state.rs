//! What a server, its player and its peers know together: the transcript, how far the scenario is, and why it failed.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use tokio::sync::Notify;

use super::{report::Failure, request::Request};
use crate::test::{Direction, Line, Transcript};

pub(super) struct Shared {
    pub(super) transcript: Mutex<Transcript>,
    progress: Mutex<Progress>,
    dials: AtomicU64,
    /// Told of every step of the progress.
    pub(super) changed: Notify,
}

#[derive(Default)]
pub(super) struct Progress {
    pub(super) script: Script,
    /// What the scenario waits for.
    pub(super) pending: Vec<String>,
    /// Whether it waits for the client, and not only for time.
    pub(super) waits: bool,
    /// How many connections were taken up.
    pub(super) accepted: u64,
    pub(super) requests: Vec<Request>,
    pub(super) failure: Option<Arc<str>>,
    /// Whether somebody has been told of the failure.
    pub(super) told: bool,
}

/// How far the scenario is, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Script {
    #[default]
    None,
    /// No connection is expected.
    Empty,
    Playing,
    Finished,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            transcript: Mutex::new(Transcript::new()),
            progress: Mutex::default(),
            dials: AtomicU64::new(0),
            changed: Notify::new(),
        })
    }

    pub(super) fn transcript(&self) -> MutexGuard<'_, Transcript> {
        lock(&self.transcript)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Counts a dial; its number.
    pub(super) fn dialled(&self) -> u64 {
        self.dials.fetch_add(1, SeqCst) + 1
    }

    pub(super) fn dials(&self) -> u64 {
        self.dials.load(SeqCst)
    }

    pub(super) fn note(&self, connection: u64, direction: Direction, kind: &'static str, payload: &[u8]) {
        self.transcript().note(connection, direction, kind, payload);
    }

    /// The first failure counts: what follows may follow from it.
    pub(super) fn fail(&self, failure: &Failure) {
        let report: Arc<str> = {
            let transcript = self.transcript();
            failure.report(transcript.elapsed(), &transcript.last(Failure::LINES)).into()
        };
        self.progress().failure.get_or_insert(report);
        self.changed.notify_waiters();
    }

    /// The first line of the failure, for those who cannot be told more.
    pub(super) fn failed_briefly(&self) -> Option<String> {
        let progress = self.progress();
        let report = progress.failure.as_deref()?;
        Some(report.lines().take(3).collect::<Vec<_>>().join("; "))
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        self.transcript().lines()
    }
}
