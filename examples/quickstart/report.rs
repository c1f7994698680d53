//! The summary: one value, printed as text or as JSON, with what is missing in it.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use nova::{Closed, Event, Handle, Happening, Record, State, Transition};
use serde::Serialize;
use tokio::time::Instant;

use super::{job::Desk, screen::Paint, tally::Tally};

/// The cuts that the local venue makes.
const CUTS: usize = 2;

#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) interrupted: bool,
    /// What should have happened and did not.
    pub(crate) missing: Vec<String>,
    timeline: Vec<Stay>,
    messages: u64,
    gaps: usize,
    holes: u64,
    dropped: u64,
    undecodable: u64,
    logins: usize,
    renewed_at_ms: Vec<f64>,
    cuts: Vec<Cut>,
    subscriptions: Subscriptions,
}

/// A state and how long the client stayed in it.
#[derive(Serialize)]
struct Stay {
    at_ms: f64,
    state: String,
    /// Missing for the state it ended in.
    for_ms: Option<f64>,
    cause: String,
    epoch: u64,
}

/// A lost link.
#[derive(Serialize)]
struct Cut {
    at_ms: f64,
    /// From the loss to the next `Ready`.
    ready_after_ms: Option<f64>,
    /// The connection after it.
    epoch: Option<u64>,
    /// Topics that told of the gap.
    gaps: usize,
}

#[derive(Serialize)]
struct Subscriptions {
    restored: usize,
    wanted: usize,
}

fn ms(span: Duration) -> f64 {
    (span.as_secs_f64() * 10_000.0).round() / 10.0
}

impl Report {
    /// How many of the topics are in place: in the client's view, and in the venue's where that can be asked.
    pub(crate) fn restored(desk: &Handle<Desk>, topics: &[String], served: Option<&[String]>) -> usize {
        let State::Ready { missing } = desk.state() else { return 0 };
        let wanted: BTreeSet<String> = desk.wanted().into_iter().collect();
        let there = |topic: &&String| wanted.contains(*topic) && served.is_none_or(|served| served.contains(topic));
        topics.iter().filter(there).count().saturating_sub(missing)
    }

    pub(crate) fn new(desk: &Handle<Desk>, tally: &Tally, wanted: usize, restored: usize) -> Self {
        let (history, trace) = (desk.history(), desk.trace());
        let login =
            |record: &&Record| matches!(record.what, Happening::Event(Event::LoggedIn { refreshed: false, .. }));
        let start = history.first().map(|transition| transition.at);
        let since_start = |at: Instant| ms(start.map_or(Duration::ZERO, |start| at - start));
        let timeline = history.iter().enumerate().map(|(index, transition)| Stay {
            at_ms: since_start(transition.at),
            state: transition.to.to_string(),
            for_ms: history.get(index + 1).map(|next| ms(next.after)),
            cause: transition.cause.to_string(),
            epoch: transition.epoch,
        });
        let lost =
            |(_, transition): &(usize, &Transition)| transition.from.is_ready() && transition.to == State::Backoff;
        let cuts = history.iter().enumerate().filter(lost).map(|(index, loss)| {
            let ready = history[index..].iter().find(|transition| transition.to.is_ready());
            Cut {
                at_ms: since_start(loss.at),
                ready_after_ms: ready.map(|ready| ms(ready.at - loss.at)),
                epoch: ready.map(|ready| ready.epoch),
                gaps: ready.and_then(|ready| tally.gaps.get(&ready.epoch)).map_or(0, BTreeSet::len),
            }
        });
        Self {
            interrupted: false,
            missing: Vec::new(),
            timeline: timeline.collect(),
            messages: tally.messages.values().sum(),
            gaps: tally.gaps.values().map(BTreeSet::len).sum(),
            holes: tally.holes,
            dropped: tally.dropped,
            undecodable: tally.undecodable,
            logins: trace.records().iter().filter(login).count(),
            renewed_at_ms: tally.renewals.iter().map(|at| since_start(*at)).collect(),
            cuts: cuts.collect(),
            subscriptions: Subscriptions { restored, wanted },
        }
    }

    /// Notes what is missing. At a venue that is not ours nothing was broken, and so nothing has to be survived.
    pub(crate) fn judge(&mut self, tally: &Tally, live: bool, closed: Closed) {
        let mut missing = Vec::new();
        let mut must = |held: bool, what: String| {
            if !held {
                missing.push(what);
            }
        };
        let Subscriptions { restored, wanted } = self.subscriptions;
        must(restored == wanted, format!("{} subscriptions were not restored", wanted - restored));
        must(self.messages > 0, "no message came".to_owned());
        must(self.undecodable == 0, format!("{} messages could not be read", self.undecodable));
        must(closed == Closed::Clean, "the venue did not answer the close".to_owned());
        if !live {
            must(self.cuts.len() == CUTS, format!("the link was lost {} times, not {CUTS}", self.cuts.len()));
            must(!self.renewed_at_ms.is_empty(), "the login was not renewed".to_owned());
            must(tally.login_outlived, "the login did not outlive its first life".to_owned());
            must(self.logins == CUTS + 1, format!("{} logins, not one a connection", self.logins));
            must(self.holes == 0, format!("{} holes in the venue's numbering", self.holes));
        }
        for (number, cut) in self.cuts.iter().enumerate().map(|(index, cut)| (index + 1, cut)) {
            must(cut.ready_after_ms.is_some(), format!("cut {number} was not survived"));
            let told = cut.epoch.and_then(|epoch| tally.gaps.get(&epoch));
            // Trades and orders may have nothing to say; these always do.
            let talkative =
                tally.messages.keys().filter(|topic| topic.starts_with("ticker.") || topic.starts_with("book."));
            for topic in talkative.filter(|topic| !told.is_some_and(|told| told.contains(*topic))) {
                must(false, format!("cut {number}: the gap in {topic} was not told"));
            }
        }
        self.missing = missing;
    }

    pub(crate) fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)
    }

    pub(crate) fn write_text(&self, mut out: impl Write, paint: Paint) -> io::Result<()> {
        writeln!(out, "\ntimeline")?;
        for Stay { at_ms, state, for_ms, cause, epoch } in &self.timeline {
            let (colour, off) = (paint.state(state), paint.off());
            let stay = for_ms.map_or_else(String::new, |for_ms| format!("for {for_ms:.1} ms"));
            writeln!(out, "{at_ms:>10.1} ms  {colour}{state:<17}{off} {stay:<16} connection {epoch}  {cause}")?;
        }
        writeln!(out, "\nmessages {}, undecodable {}, dropped {}", self.messages, self.undecodable, self.dropped)?;
        writeln!(out, "gaps {}, holes in the venue's numbering {}", self.gaps, self.holes)?;
        let renewed: Vec<String> = self.renewed_at_ms.iter().map(|at| format!(" at {at:.1} ms")).collect();
        writeln!(out, "logins {}, renewed {}{}", self.logins, renewed.len(), renewed.join(","))?;
        for (index, Cut { at_ms, ready_after_ms, gaps, .. }) in self.cuts.iter().enumerate() {
            let ready =
                ready_after_ms.map_or_else(|| "never ready again".to_owned(), |ms| format!("ready after {ms:.1} ms"));
            writeln!(out, "cut {} at {at_ms:.1} ms: {ready}, {gaps} gaps told", index + 1)?;
        }
        if self.interrupted {
            writeln!(out, "interrupted: closed before the end")?;
        } else {
            for what in &self.missing {
                writeln!(out, "missing: {what}")?;
            }
        }
        let Subscriptions { restored, wanted } = self.subscriptions;
        writeln!(out, "subscriptions restored {restored}/{wanted}")
    }
}
