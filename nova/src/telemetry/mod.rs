//! What a client tells about itself: typed events, a bounded history of its states, and lines through `tracing`.
//!
//! Called by the engine only. Telling costs nothing where nobody listens, and can never hold up or end a connection: listeners that
//! are too slow miss the oldest events, and are told how many.

mod bounded;
mod event;
mod events;
mod group;
mod guarded;
#[cfg(feature = "test")]
mod journal;
mod lines;
pub mod log;
pub mod metrics;
mod trace;

pub use event::Event;
pub use events::Events;
pub use group::EventGroup;
#[cfg(feature = "test")]
pub(crate) use journal::{Entry, Journal};
pub use metrics::{Measurement, MessageEvent, MetricsCollector};
pub use trace::{Happening, Record, Request, Statistics, Trace};

use std::{
    any::Any,
    borrow::Cow,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use tokio::sync::broadcast;

use bounded::{bounded, bounded_error, bounded_step};
use group::Gate;
use guarded::Guarded;
use trace::Tracer;

use crate::{
    config::{Config, TelemetryLevel},
    error::Error,
    state::Transition,
    time::Instant,
    verdict::Beat,
};

/// Events kept for a slow listener.
const EVENTS: usize = 1_024;

/// Decides which events are told, beside the settings.
pub(crate) type EventFilter = dyn Fn(&Event) -> bool + Send + Sync;

/// What a client's user has given to watch it with.
#[derive(Default)]
pub(crate) struct Watchers {
    pub(crate) metrics: Option<Arc<dyn MetricsCollector>>,
    pub(crate) filter: Option<Arc<EventFilter>>,
}

/// The mouth of a client.
#[derive(Debug)]
pub(crate) struct Telemetry {
    client: &'static str,
    gate: Gate,
    /// Made for the first listener, because what it keeps for slow ones is the largest thing of an idle client. Gone once the client
    /// is over, so that listeners come to an end.
    events: RwLock<Option<OnceLock<broadcast::Sender<Event>>>>,
    tracer: Tracer,
    collector: Option<Guarded<dyn MetricsCollector>>,
    filter: Option<Guarded<EventFilter>>,
    /// What tests ask for.
    #[cfg(feature = "test")]
    pub(crate) journal: Journal,
}

impl Telemetry {
    pub(crate) fn new(client: &'static str, config: &Config, wall: SystemTime, watchers: Watchers) -> Self {
        let telemetry = Self {
            client,
            gate: Gate::default(),
            events: RwLock::new(Some(OnceLock::new())),
            tracer: Tracer::new(client, wall),
            collector: watchers.metrics.map(Guarded::new),
            filter: watchers.filter.map(Guarded::new),
            #[cfg(feature = "test")]
            journal: Journal::new(),
        };
        telemetry.configure(config);
        telemetry
    }

    /// Takes over the switches of the settings.
    pub(crate) fn configure(&self, config: &Config) {
        self.gate.configure(config);
    }

    pub(crate) fn listen(&self) -> Events {
        let events = self.events.read().unwrap_or_else(PoisonError::into_inner);
        Events::new(events.as_ref().map(|events| events.get_or_init(|| broadcast::Sender::new(EVENTS)).subscribe()))
    }

    pub(crate) fn history(&self) -> Vec<Transition> {
        self.tracer.history()
    }

    pub(crate) fn trace(&self) -> Trace {
        self.tracer.trace()
    }

    pub(crate) fn latency(&self) -> Option<Duration> {
        self.tracer.latency()
    }

    /// The collector, where it is of this type.
    pub(crate) fn metrics<M: MetricsCollector>(&self) -> Option<Arc<M>> {
        let any: Arc<dyn Any + Send + Sync> = self.collector.as_ref()?.inner().clone();
        any.downcast().ok()
    }

    fn collect(&self, callback: &'static str, tell: impl FnOnce(&dyn MetricsCollector)) {
        if let Some(Err(panicked)) = self.collector.as_ref().and_then(|collector| collector.call(callback, tell)) {
            self.warn(panicked, "the metrics collector is switched off");
        }
    }

    /// Something took its time.
    fn measured(&self, measurement: &Measurement<'_>) {
        if self.gate.tells(EventGroup::Connection, TelemetryLevel::Standard) {
            self.collect("handle_measurement", |metrics| metrics.handle_measurement(self.client, measurement));
        }
    }

    /// A request came to its end. A caller's that was answered is kept where everything is told.
    pub(crate) fn request(
        &self,
        id: u64,
        method: Cow<'static, str>,
        (asked, took): (Instant, Duration),
        error: Option<&Error>,
        own: bool,
    ) {
        self.measured(&Measurement::Request { method: &method, took, failed: error.is_some() });
        let keep = own || self.gate.tells(EventGroup::Connection, TelemetryLevel::Detailed);
        self.tracer.request(id, method, (asked, took), error.map(|error| bounded_error(error.clone())), keep);
    }

    /// Something went wrong that the client lives well with: no handler has to decide whether it goes on.
    pub(crate) fn warn(&self, error: Error, consequence: &'static str) {
        lines::warning(self.client, &error, consequence);
        self.emit(Event::Error(error));
    }

    /// A step between states.
    pub(crate) fn transition(&self, transition: &Transition) {
        let step = bounded_step(transition.clone());
        if let Some(took) = self.tracer.step(&step) {
            self.measured(&Measurement::Ready { took });
        }
        self.tell(Event::State(step));
    }

    /// Frames and their bytes were read and written since this was last told. Their payloads are told to nobody.
    pub(crate) fn traffic(&self, [read, written]: [(u64, u64); 2]) {
        if self.collector.is_none()
            || read.0 + written.0 == 0
            || !self.gate.tells(EventGroup::Message, TelemetryLevel::Minimal)
        {
            return;
        }
        for (frames, event) in [
            (read.0, MessageEvent::Received { frames: read.0, bytes: read.1 }),
            (written.0, MessageEvent::Sent { frames: written.0, bytes: written.1 }),
        ] {
            if frames > 0 {
                self.collect_message(&event);
            }
        }
    }

    fn collect_message(&self, event: &MessageEvent<'_>) {
        self.collect("handle_message_event", |metrics| metrics.handle_message_event(self.client, event));
    }

    /// Whether messages are told one by one; asked first, because naming one may cost something.
    #[inline]
    pub(crate) fn tells_messages(&self) -> bool {
        self.gate.tells(EventGroup::Message, TelemetryLevel::Standard) && self.hears_messages()
    }

    #[inline(always)]
    fn hears_messages(&self) -> bool {
        self.collector.as_ref().is_some_and(Guarded::is_on) || self.logs_messages()
    }

    #[inline]
    fn logs_messages(&self) -> bool {
        self.gate.tells(EventGroup::Message, TelemetryLevel::Detailed) && lines::wants_messages()
    }

    /// A message was decoded: its type in the client's words and its size, never its payload.
    pub(crate) fn message(&self, kind: &str, bytes: usize) {
        if self.logs_messages() {
            lines::message(self.client, kind, bytes);
        }
        self.collect_message(&MessageEvent::Decoded { kind, bytes });
    }

    /// Something has happened: always kept, and told as the settings have it.
    pub(crate) fn emit(&self, event: Event) {
        let event = bounded(event);
        self.tracer.event(&event);
        if let Event::Heartbeat(Beat::Answered { after }) = event {
            self.measured(&Measurement::Heartbeat { took: after });
        }
        self.tell(event);
    }

    fn tell(&self, event: Event) {
        #[cfg(feature = "test")]
        self.journal.record(event.clone());
        if !self.gate.tells(event.group(), event.level()) || !self.passes(&event) {
            return;
        }
        lines::event(self.client, &event);
        if event.is_trouble() {
            self.collect("handle_error_event", |metrics| metrics.handle_error_event(self.client, &event));
        } else {
            self.collect("handle_connection_event", |metrics| metrics.handle_connection_event(self.client, &event));
        }
        if let Some(events) = &*self.events.read().unwrap_or_else(PoisonError::into_inner)
            && let Some(events) = events.get()
            && events.receiver_count() > 0
        {
            // An error only says that the last listener has just gone.
            let _ = events.send(event);
        }
    }

    /// Whether the user's filter lets an event through.
    fn passes(&self, event: &Event) -> bool {
        match self.filter.as_ref().and_then(|filter| filter.call("filter_events", |filter| filter(event))) {
            Some(Ok(passes)) => passes,
            Some(Err(panicked)) => {
                self.warn(panicked, "the filter of events is switched off");
                true
            }
            None => true,
        }
    }

    /// Nothing is told any more.
    pub(crate) fn end(&self) {
        self.events.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}
