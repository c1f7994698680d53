//! Counters and histograms of one process, for programs that have no metrics of their own: `metrics = "counters"`.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Distribution, Measurement, MessageEvent, MetricsCollector, histogram::Histogram};
use crate::{state::State, telemetry::Event};

/// Counts in the process: `metrics = "counters"`.
///
/// ```
/// #[nova::client(platform = "deribit", profile = "financial", metrics = "counters")]
/// struct Desk;
///
/// # async fn run() -> nova::Result {
/// let desk = nova::connect(Desk).await?;
/// let counted = desk.metrics::<nova::metrics::Counters>().expect("it is the one in the attribute").read();
/// println!("{} frames and {} errors", counted.received, counted.errors);
/// println!("half the requests took less than {:?}", counted.requests.quantile(0.5));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Counters {
    received: AtomicU64,
    received_bytes: AtomicU64,
    decoded: AtomicU64,
    sent: AtomicU64,
    sent_bytes: AtomicU64,
    ready: AtomicU64,
    retries: AtomicU64,
    logins: AtomicU64,
    errors: AtomicU64,
    gaps: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    requests: Histogram,
    ready_after: Histogram,
    heartbeats: Histogram,
}

/// What was counted so far. What the settings do not tell of stays 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted {
    /// Frames that came in, control frames included (`telemetry.message`).
    pub received: u64,
    /// Bytes of their payloads.
    pub received_bytes: u64,
    /// Messages that were decoded.
    pub decoded: u64,
    /// Frames that were written (`telemetry.message`).
    pub sent: u64,
    /// Their bytes, headers included.
    pub sent_bytes: u64,
    /// How often the client became ready (`telemetry.connection`).
    pub ready: u64,
    /// How often it had to wait for another attempt (`telemetry.reconnection`).
    pub retries: u64,
    /// Logins and their renewals (`telemetry.connection`).
    pub logins: u64,
    /// Errors that no caller got (`telemetry.error`).
    pub errors: u64,
    /// Holes in topics (`telemetry.connection`).
    pub gaps: u64,
    /// Messages that were dropped for a consumer that is too slow (`telemetry.error`).
    pub dropped: u64,
    /// Requests that the venue refused, or that got no answer (`telemetry.connection`, as all that follow).
    pub failed: u64,
    /// How long requests took that were answered.
    pub requests: Distribution,
    /// How long the client took to become ready, from its start or from the loss of a link.
    pub ready_after: Distribution,
    /// How long heartbeats took to be answered.
    pub heartbeats: Distribution,
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Counters {
    /// The counts as they stand; each is exact, and they are read one after the other.
    pub fn read(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            received: read(&self.received),
            received_bytes: read(&self.received_bytes),
            decoded: read(&self.decoded),
            sent: read(&self.sent),
            sent_bytes: read(&self.sent_bytes),
            ready: read(&self.ready),
            retries: read(&self.retries),
            logins: read(&self.logins),
            errors: read(&self.errors),
            gaps: read(&self.gaps),
            dropped: read(&self.dropped),
            failed: read(&self.failed),
            requests: self.requests.read(),
            ready_after: self.ready_after.read(),
            heartbeats: self.heartbeats.read(),
        }
    }
}

impl MetricsCollector for Counters {
    fn handle_connection_event(&self, _: &'static str, event: &Event) {
        match event {
            Event::State(step) if step.to.is_ready() && !step.from.is_ready() => add(&self.ready, 1),
            Event::State(step) if step.to == State::Backoff => add(&self.retries, 1),
            Event::LoggedIn { .. } => add(&self.logins, 1),
            _ => {}
        }
    }

    fn handle_message_event(&self, _: &'static str, event: &MessageEvent<'_>) {
        match event {
            MessageEvent::Received { frames, bytes } => {
                add(&self.received, *frames);
                add(&self.received_bytes, *bytes);
            }
            MessageEvent::Decoded { .. } => add(&self.decoded, 1),
            MessageEvent::Sent { frames, bytes } => {
                add(&self.sent, *frames);
                add(&self.sent_bytes, *bytes);
            }
        }
    }

    fn handle_error_event(&self, _: &'static str, event: &Event) {
        match event {
            Event::Error(_) => add(&self.errors, 1),
            Event::Gap(_) => add(&self.gaps, 1),
            Event::Dropped { messages } => add(&self.dropped, *messages),
            _ => {}
        }
    }
    fn handle_measurement(&self, _: &'static str, measurement: &Measurement<'_>) {
        match measurement {
            Measurement::Request { failed: true, .. } => add(&self.failed, 1),
            Measurement::Request { took, .. } => self.requests.note(*took),
            Measurement::Ready { took } => self.ready_after.note(*took),
            Measurement::Heartbeat { took } => self.heartbeats.note(*took),
        }
    }
}
