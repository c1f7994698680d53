//! Metrics: the seam through which a program's own counters are fed, and counters of one process as its first implementation.

mod counters;
mod histogram;

pub use counters::{Counted, Counters};
pub use histogram::{BUCKETS, Distribution};

use std::{any::Any, fmt, time::Duration};

use super::Event;

/// Collects what happens in a client. Give one by `metrics = ".."` or the builder's `.metrics(..)`; read it through
/// [`Handle::metrics`](crate::Handle::metrics).
///
/// It is told what the settings tell of: an event of a [group](crate::EventGroup) whose switch is on, at a level that is told
/// ([`Event::level`]). `client` is the name of the client's struct, for collectors that several share. No event holds a payload or a
/// credential. Names of topics are in events, but make no labels of them: a client may have any number.
///
/// It is called in line, on the client's task: it must not block, and should do no more than count. While it blocks, its client does
/// nothing else; how long is told as [`Event::Stalled`] once it is longer than a heartbeat's time-out, and not held against the peer.
/// What may wait for a file or a socket belongs behind a bounded channel: `try_send`, drop what has no room, drain it elsewhere. A
/// collector that panics is not called again; the client goes on and tells of it as [`Event::Error`].
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

    /// How long something took. Told with `telemetry.connection`, from the level `standard` on.
    fn handle_measurement(&self, client: &'static str, measurement: &Measurement<'_>) {
        let _ = (client, measurement);
    }
}

/// How long something took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measurement<'a> {
    /// A request, from the call to its end.
    Request {
        /// What was called, or what the request was for.
        method: &'a str,
        /// How long.
        took: Duration,
        /// Whether the venue refused it, or it got no answer.
        failed: bool,
    },
    /// Becoming ready, from the client's start or from the loss of the link.
    Ready {
        /// How long.
        took: Duration,
    },
    /// A heartbeat, from sending it to the first sign of life.
    Heartbeat {
        /// How long.
        took: Duration,
    },
}

/// Something that happened to messages: sizes and names, never a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageEvent<'a> {
    /// Frames came in, control frames included: what one wake of the client has read.
    Received {
        /// How many.
        frames: u64,
        /// The bytes of their payloads.
        bytes: u64,
    },
    /// A message was decoded. From the level `standard` on.
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
