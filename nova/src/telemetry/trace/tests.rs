//! The tracer alone: bounds, search, numbers.

use std::sync::Arc;

use super::*;
use crate::{
    error::Error,
    message::{Gap, GapCause},
    state::{Cause, State},
};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn step(from: State, to: State, cause: Cause, (after, epoch): (u64, u64)) -> Transition {
    let cause = Arc::new(cause);
    Transition { from, to, cause, at: Instant::now(), after: secs(after), epoch, attempt: 1, delay: None }
}

const READY: State = State::Ready { missing: 0 };

#[tokio::test(start_paused = true)]
async fn a_flood_of_one_kind_pushes_out_nothing_of_another() {
    let tracer = Tracer::new("Desk", SystemTime::UNIX_EPOCH);
    tracer.step(&step(State::Idle, State::Connecting, Cause::Started, (0, 0)));
    for id in 0..10_000 {
        tracer.event(&Event::Orphan { id });
    }
    let trace = tracer.trace();
    assert_eq!(trace.records().len(), 1 + ring::KEPT);
    assert_eq!(trace.find("IDLE → connecting").count(), 1);
    assert_eq!(trace.find("id: 9999").count(), 1);
    assert_eq!(trace.find("id: 8975 ").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_numbers_outlive_their_records() {
    let tracer = Tracer::new("Desk", SystemTime::UNIX_EPOCH);
    tracer.step(&step(State::Idle, State::Connecting, Cause::Started, (0, 0)));
    for epoch in 1..=3_000 {
        tokio::time::advance(secs(1)).await;
        tracer.step(&step(State::Restoring, READY, Cause::Restored, (1, epoch)));
        tokio::time::advance(secs(9)).await;
        tracer.step(&step(READY, State::Backoff, Cause::Error(Error::ClientClosed), (9, epoch)));
        let gap = Gap::new("t".into(), epoch, Some(Instant::now() - secs(2)), GapCause::Reconnected);
        tracer.event(&Event::Gap(gap));
    }
    tracer.step(&step(State::Restoring, READY, Cause::Restored, (0, 3_001)));
    tokio::time::advance(secs(6_000)).await;
    let found = tracer.trace().statistics();
    assert_eq!((found.connections, found.disconnects, found.gaps), (3_001, 3_000, 3_000));
    assert_eq!((found.ready, found.gap_time), (secs(27_000 + 6_000), secs(6_000)));
    assert_eq!((found.time_to_ready, found.longest_time_to_ready), (Some(secs(0)), Some(secs(1))));
    assert!((found.availability() - 33.0 / 36.0).abs() < 1e-9, "{found:?}");
    assert!((found.disconnects_per_hour() - 300.0).abs() < 1e-9, "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stretch_of_time_is_cut_out() {
    let tracer = Tracer::new("Desk", SystemTime::UNIX_EPOCH);
    for id in 0..10 {
        tracer.event(&Event::Orphan { id });
        tokio::time::advance(secs(1)).await;
    }
    let trace = tracer.trace();
    let at: Vec<_> = trace.between(secs(3), secs(6)).iter().map(|record| record.at).collect();
    assert_eq!(at, [secs(3), secs(4), secs(5)]);
    assert!(trace.between(secs(6), secs(3)).is_empty());
}
