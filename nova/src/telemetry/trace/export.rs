//! A trace for other programs: JSON lines for searching, and the format that Chrome's and Perfetto's viewers open.

use std::{
    fmt::Write as _,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{Happening, Record, Trace};
use crate::state::Transition;

/// The rows of the picture.
const STATES: u32 = 1;
const REQUESTS: u32 = 2;
const EVENTS: u32 = 3;

pub(super) fn json_lines(trace: &Trace) -> String {
    let mut lines = String::new();
    for record in &trace.records {
        let mut line = json!({
            "at_ms": millis(record.at),
            "unix_ms": unix_ms(trace, record.at),
            "client": trace.client,
            "kind": record.kind(),
            "fault": record.is_fault(),
            "text": record.what.to_string(),
        });
        if let (Value::Object(line), Value::Object(more)) = (&mut line, details(record)) {
            line.extend(more);
        }
        let _ = writeln!(lines, "{line}");
    }
    lines
}

pub(super) fn chrome(trace: &Trace) -> String {
    let mut events = vec![named("process_name", 0, trace.client)];
    events.extend(
        [(STATES, "states"), (REQUESTS, "requests"), (EVENTS, "events")]
            .map(|(row, name)| named("thread_name", row, name)),
    );
    for record in &trace.records {
        match &record.what {
            Happening::Step(step) => {
                let from = record.at.saturating_sub(step.after);
                events.push(span(STATES, step.from.name(), from, step.after, record));
            }
            Happening::Request(request) => {
                let from = record.at.saturating_sub(request.took);
                events.push(span(REQUESTS, &request.method, from, request.took, record));
            }
            Happening::Confirmed { .. } | Happening::Event(_) => events.push(json!({
                "name": record.kind(), "cat": record.kind(), "ph": "i", "s": "p", "ts": micros(record.at),
                "pid": 1, "tid": EVENTS, "args": arguments(record),
            })),
        }
    }
    // The state the client is in has not ended yet: without this the picture would stop before it.
    let last = trace.records.iter().rev().find_map(|record| Some((record.at, record.what.step()?)));
    if let Some((at, last)) = last {
        let lasted = trace.statistics.age.saturating_sub(at);
        events.push(json!({
            "name": last.to.name(), "cat": "step", "ph": "X", "ts": micros(at), "dur": micros(lasted),
            "pid": 1, "tid": STATES, "args": {},
        }));
    }
    json!({"displayTimeUnit": "ms", "traceEvents": events}).to_string()
}

fn named(what: &str, row: u32, name: &str) -> Value {
    json!({"name": what, "ph": "M", "pid": 1, "tid": row, "args": {"name": name}})
}

fn span(row: u32, name: &str, from: Duration, lasted: Duration, record: &Record) -> Value {
    json!({
        "name": name, "cat": record.kind(), "ph": "X", "ts": micros(from), "dur": micros(lasted),
        "pid": 1, "tid": row, "args": arguments(record),
    })
}

fn arguments(record: &Record) -> Value {
    let mut arguments = details(record);
    arguments["text"] = record.what.to_string().into();
    arguments
}

/// What is worth a field of its own.
fn details(record: &Record) -> Value {
    match &record.what {
        Happening::Step(Transition { from, to, cause, after, epoch, attempt, delay, .. }) => json!({
            "from": from.name(), "to": to.name(), "cause": cause.to_string(), "after_ms": millis(*after),
            "epoch": epoch, "attempt": attempt, "delay_ms": delay.map(millis),
        }),
        Happening::Request(request) => json!({
            "id": request.id, "method": request.method, "took_ms": millis(request.took),
            "error": request.error.as_ref().map(ToString::to_string),
        }),
        Happening::Confirmed { topics } => json!({"topics": topics}),
        Happening::Event(_) => json!({}),
    }
}

fn unix_ms(trace: &Trace, at: Duration) -> u64 {
    let since = (trace.wall + at).duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
