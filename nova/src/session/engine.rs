//! The engine: what it is made of, and what it starts with. It never waits; whoever polls it does.

use std::{pin::Pin, sync::Arc, task::Waker};

use rand::{SeedableRng, rngs::SmallRng};
use tokio::time::Sleep;

use super::{
    auth::Login,
    decide::Undecided,
    dial::{Addressing, Dialling},
    leg::Leg,
    losses::Losses,
    machine::Machine,
    parting::Parting,
    queue::SeenQueue,
    secrets::Secrets,
    subscriptions::Subscriptions,
    topics::Held,
};
use crate::{
    behaviour::Handlers,
    client::Client,
    cluster::Membership,
    config::{Config, ConfigProvider, Patch, Persistence, Traits},
    error::{Error, Result},
    frame::CloseCode,
    message::Raw,
    platform::{Inquiry, Platform},
    reconnect::{Course, Decisions, Recent},
    shared::Shared,
    time::{Instant, Shifted, Suspension},
    transport::BoxFuture,
};

/// Frames read before the task yields to others.
pub(super) const BURST: u32 = 256;

/// What an engine is started with.
pub(crate) struct Setup<C: Client> {
    pub(crate) shared: Arc<Shared<C>>,
    pub(crate) addressing: Addressing,
    pub(crate) secrets: Secrets,
    pub(crate) decisions: Decisions,
    pub(crate) traits: Traits,
    pub(crate) seed: u64,
    pub(crate) cluster: Option<Membership>,
    /// Where settings come from while the client runs.
    pub(crate) provider: Option<Arc<dyn ConfigProvider>>,
    pub(crate) persistence: Option<Persistence>,
    /// What the client starts without.
    pub(crate) set_aside: Option<Error>,
}

/// The end that was asked for.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) code: CloseCode,
    pub(super) reason: String,
    pub(super) by: Instant,
}

/// The engine of one client.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; what excludes each other is in the machine"
)]
pub(crate) struct Engine<C: Client> {
    pub(crate) shared: Arc<Shared<C>>,
    /// The settings in force, at hand without a look into `shared`: only the engine changes them.
    pub(crate) settings: Arc<Config>,
    pub(super) memory: <C::Platform as Platform>::State,
    pub(super) machine: Machine,
    pub(super) course: Course,
    pub(super) decisions: Decisions,
    /// Panics of handlers.
    pub(super) panics: Recent,
    pub(super) traits: Traits,
    pub(super) rng: SmallRng,
    pub(super) addressing: Addressing,
    pub(super) secrets: Secrets,
    pub(super) dialling: Option<Dialling>,
    pub(super) leg: Option<Leg>,
    /// The peer has been seen to answer pings.
    pub(super) answers: bool,
    /// The link before it, while its close frame is on its way.
    pub(super) parting: Option<Box<Parting>>,
    pub(super) topics: Subscriptions,
    /// The wanted topics have changed since the handles were told.
    pub(super) wanted_changed: bool,
    pub(super) held: Option<Box<Held>>,
    /// What the platform asks next, and when it is that call's turn.
    pub(super) inquiry: Option<Box<(Inquiry, Instant)>>,
    pub(super) login: Login,
    /// The time of day as the venue has it, as far as it has said so.
    pub(super) clock: Shifted,
    /// `handle_connect` has not had its say on this connection yet.
    pub(super) greeting: bool,
    /// Steps of the connection's preparation that are not answered yet; `None` before it began.
    pub(super) preparing: Option<usize>,
    pub(super) undecided: Option<Box<Undecided>>,
    /// The client's own presence.
    pub(super) presence: Option<String>,
    /// The venue ends this connection by plan.
    pub(super) recalled: bool,
    pub(super) closing: Option<Closing>,
    pub(super) clean: bool,
    pub(super) end: Option<Box<Error>>,
    /// The message whose turn it is. It waits here for the client, because to move it about costs as much as to find its channel.
    pub(super) next: Option<Raw>,
    pub(super) queue: SeenQueue,
    /// Messages dropped that were not told yet.
    pub(super) losses: Losses,
    /// Messages dropped that `handle_pressure` is to be told.
    pub(super) dropped: u64,
    /// The client has to be told of pressure.
    pub(super) pressed: bool,
    /// A buffer is over its throttle mark.
    pub(super) throttled: bool,
    pub(super) cluster: Option<Membership>,
    pub(super) provider: Option<Arc<dyn ConfigProvider>>,
    /// The provider's next word.
    pub(super) provided: Option<BoxFuture<'static, Result<Patch>>>,
    pub(super) persistence: Option<Persistence>,
    /// What the client starts without, to be told.
    pub(super) set_aside: Option<Box<Error>>,
    /// The machine's next suspension.
    pub(super) suspension: Suspension,
    pub(super) timer: Pin<Box<Sleep>>,
    pub(super) armed: Option<Instant>,
    /// The timer may be set later than it is: what it waited for has come.
    pub(super) relax: bool,
    /// When waiting sends are to be looked at again.
    pub(super) release_at: Option<Instant>,
    /// A turn of the task begins: it is asked what for.
    pub(super) fresh: bool,
    /// What the task was last woken by.
    pub(super) waker: Waker,
    /// Something has happened beside messages and answers to callers: something may have to be written, decided or timed.
    pub(super) unsettled: bool,
    /// There are bytes in the outbox that the task was woken to write.
    pub(super) to_write: bool,
    pub(super) burst: u32,
    /// A callback is pending: what comes of thinned topics waits for it.
    pub(super) behind: bool,
    /// A link has come up that nobody has read from yet.
    pub(super) connected: bool,
    pub(super) over: bool,
}

/// Whether the user implements a behaviour; what is inherited need not wait for the client.
pub(super) fn overrides<C: Client>(behaviour: &str) -> bool {
    C::OVERRIDES.contains(&behaviour)
}

impl<C: Handlers> Engine<C> {
    pub(crate) fn new(setup: Setup<C>) -> Self {
        let now = Instant::now();
        let clock = Shifted { clock: setup.shared.clock.clone(), offset_ms: 0 };
        let mut topics = Subscriptions::default();
        let config = setup.shared.config.load_full();
        topics.configure(config.subscriptions.stale_after, now);
        let queue = SeenQueue::new(&config);
        Self {
            suspension: setup.shared.clock.suspension(),
            shared: setup.shared,
            settings: config,
            memory: <C::Platform as Platform>::State::default(),
            machine: Machine::new(now),
            course: Course::default(),
            decisions: setup.decisions,
            panics: Recent::default(),
            traits: setup.traits,
            rng: SmallRng::seed_from_u64(setup.seed),
            addressing: setup.addressing,
            secrets: setup.secrets,
            dialling: None,
            leg: None,
            answers: false,
            parting: None,
            topics,
            wanted_changed: false,
            held: None,
            inquiry: None,
            login: Login::default(),
            clock,
            greeting: false,
            preparing: None,
            undecided: None,
            presence: None,
            recalled: false,
            closing: None,
            clean: true,
            end: None,
            next: None,
            queue,
            losses: Losses::default(),
            dropped: 0,
            pressed: false,
            throttled: false,
            cluster: setup.cluster,
            provided: setup.provider.as_ref().and_then(|provider| provider.changed()),
            provider: setup.provider,
            persistence: setup.persistence,
            set_aside: setup.set_aside.map(Box::new),
            timer: Box::pin(tokio::time::sleep_until(now)),
            armed: None,
            relax: false,
            release_at: None,
            fresh: true,
            waker: Waker::noop().clone(),
            unsettled: true,
            to_write: false,
            burst: BURST,
            behind: false,
            connected: false,
            over: false,
        }
    }

    pub(super) fn config(&self) -> Arc<Config> {
        self.settings.clone()
    }

    /// Whether this connection is the one that is up.
    pub(super) fn is_current(&self, epoch: u64) -> bool {
        epoch == self.machine.epoch() && self.leg.is_some()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Until when a pending callback may run on after the end.
    pub(crate) fn grace(&self) -> Option<Instant> {
        self.closing.as_ref().map(|closing| closing.by)
    }
}
