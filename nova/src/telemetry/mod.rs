//! What a client tells about itself: typed events, a bounded history of its states, and lines through `tracing`.
//!
//! Called by the engine only. Telling costs nothing where nobody listens, and can never hold up or end a connection: listeners that
//! are too slow miss the oldest events, and are told how many.

mod event;
#[cfg(feature = "test")]
mod journal;

pub use event::{Event, Events};
#[cfg(feature = "test")]
pub(crate) use journal::{Entry, Journal};

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::sync::broadcast;

use crate::{
    config::{Config, TelemetryLevel},
    state::Transition,
};

/// Transitions kept a client.
const HISTORY: usize = 1_024;
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
    history: Mutex<VecDeque<Transition>>,
    /// What tests ask for.
    #[cfg(feature = "test")]
    pub(crate) journal: Journal,
}

impl Telemetry {
    pub(crate) fn new(client: &'static str, config: &Config) -> Self {
        let telemetry = Self {
            client,
            groups: AtomicU8::new(0),
            events: RwLock::new(Some(broadcast::Sender::new(EVENTS))),
            history: Mutex::new(VecDeque::new()),
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
        self.history.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// A step between states: always kept and told to listeners, logged where connections are.
    pub(crate) fn transition(&self, transition: &Transition) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() == HISTORY {
            history.pop_front();
        }
        history.push_back(transition.clone());
        drop(history);
        if self.tells(CONNECTION) || (self.tells(RECONNECTION) && transition.delay.is_some()) {
            tracing::info!(
                target: "nova::connection", client = self.client, from = %transition.from, to = %transition.to,
                epoch = transition.epoch, cause = %transition.cause, delay = ?transition.delay,
            );
        }
        self.emit(Event::State(transition.clone()));
    }

    /// A frame came in. Its payload is told to nobody.
    pub(crate) fn received(&self, bytes: usize) {
        if self.tells(MESSAGE) && self.tells(DETAILED) {
            tracing::trace!(target: "nova::message", client = self.client, bytes, "received");
        }
    }

    /// Whether messages are told one by one; asked first, because naming one may cost something.
    pub(crate) fn tells_messages(&self) -> bool {
        self.tells(MESSAGE) && tracing::enabled!(target: "nova::message", tracing::Level::DEBUG)
    }

    /// A message was decoded: its type in the client's words and its size, never its payload.
    pub(crate) fn message(&self, kind: &str, bytes: usize) {
        tracing::debug!(target: "nova::message", client = self.client, kind, bytes, "message");
    }

    pub(crate) fn emit(&self, event: Event) {
        let group = match &event {
            Event::State(_) => 0,
            Event::Error(_) => ERROR,
            Event::Orphan { .. } | Event::Dropped { .. } | Event::Gap(_) | Event::Rejected { .. } => CONNECTION | ERROR,
            _ => CONNECTION,
        };
        if self.tells(group) {
            tracing::debug!(target: "nova::event", client = self.client, ?event);
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
