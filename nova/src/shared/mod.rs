//! What a client's task, its handlers and its handles share: the outbox, the inbox, the open calls, the state everybody sees.
//!
//! Mutexes that are held for a few instructions and never across an await. The socket, the platform's state and the machine are
//! not here: they belong to the task alone.

mod ask;
mod backlog;
mod batch;
mod board;
mod budget;
mod calls;
mod fill;
mod form;
mod hooks;
mod inbox;
mod outbox;
mod overtaken;
mod streams;
mod submit;
mod task;
mod waiting;

pub(crate) use ask::Ask;
pub(crate) use backlog::{Backlog, Waits, Weight};
pub(crate) use batch::Gathered;
pub(crate) use board::Board;
pub(crate) use budget::Budget;
pub(crate) use calls::{Asking, Call, Calls, Purpose};
pub(crate) use fill::Fill;
pub(crate) use hooks::Hooks;
pub(crate) use inbox::{Inbox, Pause};
pub(crate) use outbox::{Command, FULL, Outbox, Rights};
use overtaken::Overtaken;
pub(crate) use streams::Streams;
pub(crate) use submit::{FOREVER, Patience, Submitted};
pub(crate) use task::{Task, Wanted};
pub(crate) use waiting::{Terms, Waiting};

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwap;
use tokio::runtime;

use crate::{
    client::{Client, Services},
    config::{Config, Layers},
    error::{Error, Outcome, Result},
    flow::SharedLimiter,
    message::Topic,
    platform::Presence,
    state::State,
    telemetry::{Telemetry, Watchers},
    time::{Clock, Instant},
};

/// What a client's task, its handlers and its handles share.
pub(crate) struct Shared<C: Client> {
    pub(crate) platform: C::Platform,
    pub(crate) codec: C::Codec,
    pub(crate) config: ArcSwap<Config>,
    /// What the client uses, for its description.
    pub(crate) services: Services,
    /// What the settings were made of.
    pub(crate) layers: Mutex<Arc<Layers>>,
    /// Held while changed settings are written to disk, off the client's task.
    pub(crate) saves: Mutex<()>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the client's task and timers live, for callers who are elsewhere.
    pub(crate) runtime: runtime::Handle,
    pub(crate) hooks: Hooks<C>,
    pub(crate) outbox: Mutex<Outbox>,
    pub(crate) inbox: Inbox<C::Message>,
    pub(crate) streams: Streams<C::Message>,
    pub(crate) asks: Mutex<VecDeque<Ask>>,
    pub(crate) status: Board<Status>,
    /// Who is there, as the venue has said.
    pub(crate) presence: Mutex<Presence>,
    pub(crate) telemetry: Telemetry,
    pub(crate) task: Arc<Task>,
    /// Bytes of the frame whose message is being handled: what `deliver` counts it as.
    pub(crate) weight: AtomicUsize,
    /// What that message is the latest of, where messages may be conflated.
    pub(crate) key: Mutex<Option<Arc<str>>>,
    /// The wanted topics, for whoever asks.
    pub(crate) wanted: Mutex<Vec<Arc<Topic>>>,
    /// How many topics have been confirmed so far: whether those who wait for theirs may hope.
    pub(crate) confirmed: AtomicU64,
    next_id: AtomicU64,
}

/// The state everybody sees.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Why the client ended, once it has.
    pub(crate) end: Option<Error>,
    /// Whether the peer answered the close in time, once the client is closed.
    pub(crate) clean: bool,
}

impl Status {
    /// What a call after the end is told.
    pub(crate) fn ended(&self) -> Option<Error> {
        if !self.state.is_terminal() {
            return None;
        }
        Some(match &self.end {
            Some(error) => Error::Ended { source: Box::new(error.clone()) },
            None => Error::ClientClosed,
        })
    }
}

/// The parts a [`Shared`] is made of.
pub(crate) struct Parts<C: Client> {
    pub(crate) platform: C::Platform,
    pub(crate) codec: C::Codec,
    pub(crate) config: Arc<Config>,
    pub(crate) services: Services,
    pub(crate) layers: Arc<Layers>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: runtime::Handle,
    pub(crate) hooks: Hooks<C>,
    pub(crate) limiter: SharedLimiter,
    pub(crate) watchers: Watchers,
}

impl<C: Client> Shared<C> {
    pub(crate) fn new(parts: Parts<C>) -> Self {
        let Parts { platform, codec, config, services, layers, clock, runtime, hooks, limiter, watchers } = parts;
        let task = Arc::<Task>::default();
        Self {
            outbox: Mutex::new(Outbox::new(&config, Budget::new(&limiter, &task.clone().into()))),
            inbox: Inbox::new(&config, None),
            streams: Streams::default(),
            asks: Mutex::default(),
            status: Board::new(Status { state: State::Idle, end: None, clean: true }),
            presence: Mutex::default(),
            telemetry: Telemetry::new(C::NAME, &config, clock.wall(), watchers),
            task,
            weight: AtomicUsize::new(0),
            key: Mutex::default(),
            wanted: Mutex::default(),
            confirmed: AtomicU64::new(0),
            next_id: AtomicU64::new(1),
            platform,
            codec,
            config: ArcSwap::new(config),
            services,
            layers: Mutex::new(layers),
            saves: Mutex::default(),
            clock,
            runtime,
            hooks,
        }
    }

    /// A number for a call: never used again in the client's life, and small enough for any JSON parser.
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// The wanted topics.
    pub(crate) fn wanted(&self) -> Vec<String> {
        lock(&self.wanted).iter().map(|topic| topic.name().to_owned()).collect()
    }

    pub(crate) fn state(&self) -> State {
        self.status.read(|status| status.state)
    }

    /// The task is gone without having come to an end: a platform or a codec panicked, or the runtime was shut down.
    pub(crate) fn abandon(&self) {
        if self.state().is_terminal() {
            return;
        }
        let end = if std::thread::panicking() {
            Error::Panicked { callback: "what the client's task relies on" }
        } else {
            Error::NoRuntime
        };
        // How much has left cannot be known any more.
        self.end(Status { state: State::Failed, end: Some(end), clean: false }, u64::MAX);
    }

    /// The client is over: everybody who waits in the outbox is told. `handed` is how far the system took its bytes.
    ///
    /// The state comes first, so that whoever finds its question dropped reads there why.
    pub(crate) fn end(&self, status: Status, handed: u64) {
        let error = status.ended().unwrap_or(Error::ClientClosed);
        self.status.show(status);
        let (calls, waiting) = {
            let mut outbox = self.outbox();
            (outbox.ended, outbox.rights) = (true, Rights::Over);
            outbox.discard_bytes();
            outbox.commands.clear();
            outbox.budget.leave();
            (outbox.calls.lose(handed), outbox.waiting.drain().collect::<Vec<_>>())
        };
        self.lose(calls);
        for entry in waiting {
            entry.refuse(error.clone());
        }
    }

    /// A call has come to its end at `now`: it is traced, and its caller told; else the purpose is given back.
    pub(crate) fn resolve(
        &self,
        id: u64,
        mut call: Call,
        result: Result<String>,
        now: Instant,
    ) -> Option<(Purpose, Result<String>)> {
        let own = !matches!(call.purpose, Purpose::Caller(_) | Purpose::Nobody);
        let asked = call.asked();
        let (method, took) = (std::mem::take(&mut call.method), now.saturating_duration_since(asked));
        self.telemetry.request(id, method, (asked, took), result.as_ref().err(), own);
        call.resolve(result)
    }

    /// Calls were lost with their link.
    pub(crate) fn lose(&self, calls: Vec<(u64, Call, Outcome)>) {
        let now = Instant::now();
        for (id, call, outcome) in calls {
            self.resolve(id, call, Err(Error::Disconnected { outcome }), now);
        }
    }

    /// Hands the task a command. Nothing comes of it after the end: whoever waits for an answer is told so by its absence.
    pub(crate) fn command(&self, command: Command) {
        let mut outbox = self.outbox();
        if !outbox.ended {
            outbox.commands.push_back(command);
            drop(outbox);
            self.task.wake();
        }
    }
}

/// Locks, whatever became of the last holder: what is guarded here is whole between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
