//! The state tracer: what happened in a client, kept within bounds, searchable, and ready to be shown.
//!
//! Steps, requests and events are kept apart, so that a flood of one kind never pushes out another: what led to a disconnect at night
//! is still there in the morning.

mod export;
mod record;
mod ring;
mod statistics;
#[cfg(test)]
mod tests;
mod why;

pub use record::{Happening, Record, Request};
pub use statistics::Statistics;

use std::{
    borrow::Cow,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use ring::Ring;
use statistics::Count;

use super::Event;
use crate::{error::Error, state::Transition, time::Instant, verdict::Beat};

/// What a client keeps of its past.
#[derive(Debug)]
pub(super) struct Tracer {
    client: &'static str,
    started: Instant,
    wall: SystemTime,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    steps: Ring<Entry<Transition>>,
    requests: Ring<Entry<Asked>>,
    events: Ring<Entry<Happening>>,
    count: Count,
    /// Entries made so far: what happened in one instant keeps its order.
    entries: u64,
}

/// Of the rooms for what was kept, those for steps are never empty: they are no larger than a step.
#[derive(Clone, Debug)]
struct Entry<T> {
    number: u64,
    at: Instant,
    what: T,
}

/// A request that came to its end, as small as it can be kept: few have an error, and that is the largest part.
#[derive(Debug)]
struct Asked {
    id: u64,
    method: Cow<'static, str>,
    took: Duration,
    error: Option<Box<Error>>,
}

impl Kept {
    fn push<T>(&mut self, ring: fn(&mut Self) -> &mut Ring<Entry<T>>, at: Instant, what: T) {
        self.entries += 1;
        let entry = Entry { number: self.entries, at, what };
        ring(self).push(entry);
    }
}

impl Entry<Asked> {
    fn request(&self) -> Happening {
        let Asked { id, method, took, error } = &self.what;
        let (method, error) = (method.clone(), error.as_deref().cloned());
        Happening::Request(Request { id: *id, method, asked: self.at - *took, took: *took, error })
    }
}

impl Tracer {
    pub(super) fn new(client: &'static str, wall: SystemTime) -> Self {
        let started = Instant::now();
        let kept = Kept {
            steps: Ring::default(),
            requests: Ring::default(),
            events: Ring::default(),
            count: Count::new(started),
            entries: 0,
        };
        Self { client, started, wall, kept: Mutex::new(kept) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a step. Returns how long it took to become ready, where that is what it did.
    pub(super) fn step(&self, step: &Transition) -> Option<Duration> {
        let mut kept = self.kept();
        let took = kept.count.step(step);
        kept.push(|kept| &mut kept.steps, step.at, step.clone());
        took
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.kept().count.latency()
    }

    /// Counts a request, and keeps it where `keep` says so or it failed.
    pub(super) fn request(
        &self,
        id: u64,
        method: Cow<'static, str>,
        (asked, took): (Instant, Duration),
        error: Option<Error>,
        keep: bool,
    ) {
        let mut kept = self.kept();
        kept.count.request(error.is_none());
        if keep || error.is_some() {
            let what = Asked { id, method, took, error: error.map(Box::new) };
            kept.push(|kept| &mut kept.requests, asked + took, what);
        }
    }

    pub(super) fn event(&self, event: &Event) {
        let now = Instant::now();
        let what = match event {
            // Kept as a step.
            Event::State(_) => return,
            Event::Heartbeat(beat @ (Beat::Sent | Beat::Answered { .. } | Beat::Asked)) => {
                return self.kept().count.beat(*beat);
            }
            // Their names would be most of the memory.
            Event::Subscribed { topics } => Happening::Confirmed { topics: topics.len() },
            event => Happening::Event(event.clone()),
        };
        let mut kept = self.kept();
        match event {
            Event::Gap(gap) => kept.count.gap(gap, now),
            Event::Dropped { messages } => kept.count.dropped(*messages),
            _ => {}
        }
        kept.push(|kept| &mut kept.events, now, what);
    }

    pub(super) fn history(&self) -> Vec<Transition> {
        self.kept().steps.iter().map(|entry| entry.what.clone()).collect()
    }

    pub(super) fn trace(&self) -> Trace {
        let kept = self.kept();
        let steps = kept.steps.iter().map(|step| (step.at, step.number, Happening::Step(step.what.clone())));
        let requests = kept.requests.iter().map(|entry| (entry.at, entry.number, entry.request()));
        let events = kept.events.iter().map(|entry| (entry.at, entry.number, entry.what.clone()));
        let mut entries: Vec<_> = steps.chain(requests).chain(events).collect();
        entries.sort_unstable_by_key(|(at, number, _)| (*at, *number));
        let record = |(at, _, what): (Instant, _, _)| Record { at: at.saturating_duration_since(self.started), what };
        Trace {
            client: self.client,
            wall: self.wall,
            records: entries.into_iter().map(record).collect(),
            statistics: kept.count.at(Instant::now()),
        }
    }
}

/// What happened in a client, up to the moment it was asked for: [`Handle::trace`](crate::Handle::trace).
///
/// Of each kind (steps, requests, events) the last 1,024 are kept.
#[derive(Clone, Debug)]
pub struct Trace {
    client: &'static str,
    /// The time of day at the client's start.
    wall: SystemTime,
    records: Vec<Record>,
    statistics: Statistics,
}

impl Trace {
    /// Everything kept, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The records whose line (kind and text) has `text` in it, whatever its case.
    pub fn find(&self, text: &str) -> impl Iterator<Item = &Record> {
        let text = text.to_lowercase();
        self.records.iter().filter(move |record| record.to_string().to_lowercase().contains(&text))
    }

    /// The records from `from` to before `to`, both counted from the client's start.
    pub fn between(&self, from: Duration, to: Duration) -> &[Record] {
        let at = |moment| self.records.partition_point(|record| record.at < moment);
        &self.records[at(from)..at(to).max(at(from))]
    }

    /// The client's life in numbers.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The last loss of a link, or the last attempt that failed, in a sentence; `None` where there was neither.
    pub fn why(&self) -> Option<String> {
        let steps: Vec<_> = self.records.iter().filter_map(|record| record.what.step()).collect();
        why::why(&steps)
    }

    /// One JSON object a line: `at_ms` since the client's start, `unix_ms`, `client`, `kind`, `fault`, `text`, and the fields of steps
    /// and requests.
    pub fn json_lines(&self) -> String {
        export::json_lines(self)
    }

    /// The trace as Chrome's `about:tracing` and Perfetto's viewer open it: states and requests as bars, the rest as marks.
    pub fn chrome(&self) -> String {
        export::chrome(self)
    }
}
