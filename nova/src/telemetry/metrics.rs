//! Metrics: the seam through which a program's own counters are fed, and counters of one process as its first implementation.

mod collector;

pub(super) use collector::Collector;

use std::{
    any::Any,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Event;
use crate::state::State;

/// Collects what happens in a client. Give one by `metrics = ".."` or the builder's `.metrics(..)`; read it through
/// [`Handle::metrics`](crate::Handle::metrics).
///
/// It is told what the settings tell of: `telemetry.connection` (or, of the steps that lead to another attempt,
/// `telemetry.reconnection`), `telemetry.message` and `telemetry.error` switch the three callbacks. `client` is the name of the client's
/// struct, for collectors that several share. No event holds a payload or a credential.
///
/// It is called in line, on the client's task: it must not block, and should do no more than count. A collector that panics is not
/// called again; the client goes on and tells of it as [`Event::Error`].
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// #[derive(Debug, Default)]
/// struct Errors(AtomicU64);
///
/// impl nova::MetricsCollector for Errors {
///     fn handle_error_event(&self, _client: &'static str, _event: &nova::Event) {
///         self.0.fetch_add(1, Relaxed);
///     }
/// }
///
/// #[nova::client(platform = "deribit", metrics = Errors)]
/// struct Desk;
///
/// # async fn run() -> nova::Result {
/// let desk = nova::connect(Desk).await?;
/// let errors = desk.metrics::<Errors>().expect("it is the one in the attribute");
/// println!("{} errors", errors.0.load(Relaxed));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no metrics collector",
    note = "name a built-in one (`metrics = \"counters\"`), or implement `nova::MetricsCollector` for it"
)]
pub trait MetricsCollector: Any + fmt::Debug + Send + Sync {
    /// The connection: steps between states, logins, topics, heartbeats, limits.
    fn handle_connection_event(&self, client: &'static str, event: &Event) {
        let _ = (client, event);
    }

    /// Messages: read, decoded, written.
    fn handle_message_event(&self, client: &'static str, event: &MessageEvent<'_>) {
        let _ = (client, event);
    }

    /// What went wrong: errors, refused topics, holes, drops, answers that nobody waits for.
    fn handle_error_event(&self, client: &'static str, event: &Event) {
        let _ = (client, event);
    }
}

/// Something that happened to messages: sizes and names, never a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageEvent<'a> {
    /// A frame came in, control frames included.
    Received {
        /// The bytes of its payload.
        bytes: usize,
    },
    /// A message was decoded.
    Decoded {
        /// Its type, as [`message_type`](crate::MessageHandler::message_type) has it.
        kind: &'a str,
        /// The bytes it was decoded from.
        bytes: usize,
    },
    /// Frames were written to the connection: what one wake of the client has gathered.
    Sent {
        /// How many.
        frames: u64,
        /// Their bytes, headers included.
        bytes: u64,
    },
}

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
    /// How often it had to wait for another attempt (`telemetry.connection` or `telemetry.reconnection`).
    pub retries: u64,
    /// Logins and their renewals (`telemetry.connection`).
    pub logins: u64,
    /// Errors that no caller got (`telemetry.error`).
    pub errors: u64,
    /// Holes in topics (`telemetry.error` or `telemetry.connection`).
    pub gaps: u64,
    /// Messages that were dropped for a consumer that is too slow (`telemetry.error` or `telemetry.connection`).
    pub dropped: u64,
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
            MessageEvent::Received { bytes } => {
                add(&self.received, 1);
                add(&self.received_bytes, *bytes as u64);
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
}
