//! What a client tells about itself: typed events, a bounded history of its states, and lines through `tracing`.
//!
//! Called by the engine only. Telling costs nothing where nobody listens, and can never hold up or end a connection: listeners that
//! are too slow miss the oldest events, and are told how many.

mod event;
#[cfg(feature = "test")]
mod journal;
pub mod metrics;
mod trace;

pub use event::{Event, Events};
#[cfg(feature = "test")]
pub(crate) use journal::{Entry, Journal};
pub use metrics::{MessageEvent, MetricsCollector};
pub use trace::{Happening, Record, Request, Statistics, Trace};

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU8, Ordering},
    },
    time::SystemTime,
};

use tokio::sync::broadcast;
use trace::Tracer;

use metrics::Collector;

use crate::{
    config::{Config, TelemetryLevel},
    error::Error,
    state::Transition,
};

/// Events kept for a slow listener.
const EVENTS: usize = 1_024;

const CONNECTION: u8 = 1;
const MESSAGE: u8 = 2;
const ERROR: u8 = 4;
const RECONNECTION: u8 = 8;
const DETAILED: u8 = 16;

/// The mouth of a client.
#[derive(Debug)]
pub(crate) struct Telemetry {
    client: &'static str,
    /// The groups that are told, as bits: read once an event.
    groups: AtomicU8,
    /// Gone once the client is over, so that listeners come to an end.
    events: RwLock<Option<broadcast::Sender<Event>>>,
    tracer: Tracer,
    collector: Option<Collector>,
    /// What tests ask for.
    #[cfg(feature = "test")]
    pub(crate) journal: Journal,
}

impl Telemetry {
    pub(crate) fn new(
        client: &'static str,
        config: &Config,
        wall: SystemTime,
        metrics: Option<Arc<dyn MetricsCollector>>,
    ) -> Self {
        let telemetry = Self {
            client,
            groups: AtomicU8::new(0),
            events: RwLock::new(Some(broadcast::Sender::new(EVENTS))),
            tracer: Tracer::new(client, wall),
            collector: metrics.map(Collector::new),
            #[cfg(feature = "test")]
            journal: Journal::new(),
        };
        telemetry.configure(config);
        telemetry
    }

    /// Takes over the switches of the settings.
    pub(crate) fn configure(&self, config: &Config) {
        let told = &config.telemetry;
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        let groups = bit(told.connection, CONNECTION)
            | bit(told.message, MESSAGE)
            | bit(told.error, ERROR)
            | bit(told.reconnection, RECONNECTION)
            | bit(told.level == TelemetryLevel::Detailed, DETAILED);
        self.groups.store(groups, Ordering::Relaxed);
    }

    fn tells(&self, group: u8) -> bool {
        self.groups.load(Ordering::Relaxed) & group != 0
    }

    pub(crate) fn listen(&self) -> Events {
        let events = self.events.read().unwrap_or_else(PoisonError::into_inner);
        Events::new(events.as_ref().map(broadcast::Sender::subscribe))
    }

    pub(crate) fn history(&self) -> Vec<Transition> {
        self.tracer.history()
    }

    pub(crate) fn trace(&self) -> Trace {
        self.tracer.trace()
    }

    /// A request came to its end. A caller's that was answered is kept where everything is told.
    pub(crate) fn request(&self, request: Request, own: bool) {
        self.tracer.request(request, own || self.tells(DETAILED));
    }

    /// The collector, where it is of this type.
    pub(crate) fn metrics<M: MetricsCollector>(&self) -> Option<Arc<M>> {
        self.collector.as_ref()?.downcast()
    }

    fn collect(&self, callback: &'static str, tell: impl FnOnce(&dyn MetricsCollector)) {
        let Some(collector) = &self.collector else { return };
        if let Err(panicked) = collector.tell(callback, tell) {
            self.warn(panicked, "the metrics collector is switched off");
        }
    }

    /// Something went wrong that the client lives well with: no handler has to decide whether it goes on.
    pub(crate) fn warn(&self, error: Error, consequence: &'static str) {
        tracing::warn!(target: "nova::error", client = self.client, %error, "{consequence}");
        self.emit(Event::Error(error));
    }

    /// A step between states: always kept and told to listeners, logged where connections are.
    pub(crate) fn transition(&self, transition: &Transition) {
        self.tracer.step(transition);
        if self.tells(CONNECTION) || (self.tells(RECONNECTION) && transition.delay.is_some()) {
            tracing::info!(
                target: "nova::connection", client = self.client, from = %transition.from, to = %transition.to,
                epoch = transition.epoch, cause = %transition.cause, delay = ?transition.delay,
            );
            let event = Event::State(transition.clone());
            self.collect("handle_connection_event", |metrics| metrics.handle_connection_event(self.client, &event));
        }
        self.emit(Event::State(transition.clone()));
    }

    /// A frame came in. Its payload is told to nobody.
    pub(crate) fn received(&self, bytes: usize) {
        if !self.tells(MESSAGE) {
            return;
        }
        if self.tells(DETAILED) {
            tracing::trace!(target: "nova::message", client = self.client, bytes, "received");
        }
        self.collect_message(&MessageEvent::Received { bytes });
    }

    /// Frames were written to the connection.
    pub(crate) fn sent(&self, frames: u64, bytes: u64) {
        if frames > 0 && self.tells(MESSAGE) {
            self.collect_message(&MessageEvent::Sent { frames, bytes });
        }
    }

    fn collect_message(&self, event: &MessageEvent<'_>) {
        self.collect("handle_message_event", |metrics| metrics.handle_message_event(self.client, event));
    }

    /// Whether messages are told one by one; asked first, because naming one may cost something.
    pub(crate) fn tells_messages(&self) -> bool {
        self.tells(MESSAGE)
            && (self.collector.as_ref().is_some_and(Collector::is_on)
                || tracing::enabled!(target: "nova::message", tracing::Level::DEBUG))
    }

    /// A message was decoded: its type in the client's words and its size, never its payload.
    pub(crate) fn message(&self, kind: &str, bytes: usize) {
        tracing::debug!(target: "nova::message", client = self.client, kind, bytes, "message");
        self.collect_message(&MessageEvent::Decoded { kind, bytes });
    }

    pub(crate) fn emit(&self, event: Event) {
        self.tracer.event(&event);
        let group = match &event {
            // Told where it is kept.
            Event::State(_) => 0,
            Event::Error(_) => ERROR,
            Event::Orphan { .. }
            | Event::Dropped { .. }
            | Event::Gap(_)
            | Event::Rejected { .. }
            | Event::Quarantined { .. }
            | Event::Stale { .. } => CONNECTION | ERROR,
            _ => CONNECTION,
        };
        if self.tells(group) {
            tracing::debug!(target: "nova::event", client = self.client, ?event);
            if group == CONNECTION {
                self.collect("handle_connection_event", |metrics| metrics.handle_connection_event(self.client, &event));
            } else {
                self.collect("handle_error_event", |metrics| metrics.handle_error_event(self.client, &event));
            }
        }
        #[cfg(feature = "test")]
        self.journal.record(event.clone());
        if let Some(events) = &*self.events.read().unwrap_or_else(PoisonError::into_inner)
            && events.receiver_count() > 0
        {
            // An error only says that the last listener has just gone.
            let _ = events.send(event);
        }
    }

    /// Nothing is told any more.
    pub(crate) fn end(&self) {
        self.events.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}
