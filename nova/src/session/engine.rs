//! The engine: moves bytes, frames and timers between the socket and the pure parts. It never waits; whoever polls it does.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

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
    seen::Seen,
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
    shared::{Shared, Wanted},
    time::{Instant, Shifted, Suspension},
    transport::BoxFuture,
};

/// Frames read before the task yields to others.
const BURST: u32 = 256;

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
    fresh: bool,
    /// What the task was last woken by.
    waker: Waker,
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

    /// What the client must be told next. The client itself is lent for the decisions that need it.
    ///
    /// In a burst each message goes straight from the socket to the client; everything else is looked after once a wake.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, client: &mut C) -> Poll<Seen> {
        self.behind = false;
        loop {
            if std::mem::take(&mut self.fresh) {
                self.begin(cx, client);
            }
            if let Some(pressure) = self.next_pressure() {
                return Poll::Ready(Seen::Pressure(pressure));
            }
            let paused = self.is_paused();
            match self.queue.pop(paused) {
                Some(Seen::Kept(message)) => {
                    self.next = Some(message);
                    return Poll::Ready(Seen::Message);
                }
                Some(seen) => return Poll::Ready(seen),
                None => {}
            }
            // The last words of the link are waited for, at most a second.
            if self.over && self.parting.is_none() {
                if self.tell_last_losses() {
                    continue;
                }
                return Poll::Ready(Seen::End);
            }
            if self.burst == 0 {
                self.settle(cx);
                cx.waker().wake_by_ref();
                return self.rest();
            }
            match self.poll_read(cx) {
                Poll::Ready(seen) => {
                    self.burst -= 1;
                    if self.undecided.is_some() {
                        self.decide(Some(client), Instant::now());
                    }
                    match seen {
                        // What waits is older: it goes first.
                        Some(seen) if !paused && self.queue.is_empty(paused) => return Poll::Ready(seen),
                        Some(seen) => self.keep(seen),
                        None => {}
                    }
                }
                Poll::Pending => {
                    let quiet = self.queue.is_empty(paused) && !self.pressed;
                    if quiet && self.is_settled() && self.write_alone(cx) {
                        return self.rest();
                    }
                    self.settle(cx);
                    if self.undecided.is_some() {
                        self.decide(Some(client), Instant::now());
                        self.settle(cx);
                    }
                    let ended = self.over && self.parting.is_none();
                    let quiet = self.queue.is_empty(paused) && !self.pressed;
                    if quiet && !ended && !std::mem::take(&mut self.connected) {
                        return self.rest();
                    }
                }
            }
        }
    }

    /// The same behind a pending callback: what the client must be told waits.
    pub(crate) fn poll_behind(&mut self, cx: &mut Context<'_>) {
        self.behind = true;
        self.hear(cx);
        self.keep_house(None);
        for _ in 0..self.share() {
            match self.poll_read_behind(cx) {
                Poll::Ready(()) => {}
                Poll::Pending => {
                    self.settle(cx);
                    if self.undecided.is_some() {
                        self.decide(None, Instant::now());
                        self.settle(cx);
                    }
                    if !std::mem::take(&mut self.connected) {
                        return self.rest_behind();
                    }
                }
            }
        }
        self.settle(cx);
        self.note_pressure();
        cx.waker().wake_by_ref();
        self.rest_behind();
    }

    fn rest_behind(&mut self) {
        (self.fresh, self.unsettled) = (true, true);
    }

    fn rest(&mut self) -> Poll<Seen> {
        self.fresh = true;
        self.burst = self.share();
        Poll::Pending
    }

    /// How many frames are read before others have their turn: while a buffer is over its throttle mark, its consumer has one after each.
    pub(super) fn share(&self) -> u32 {
        if self.throttled { 1 } else { BURST }
    }

    /// Begins a turn. Where the socket alone has woken the task, what it brings is all there is to look after.
    fn begin(&mut self, cx: &Context<'_>, client: &mut C) {
        let wanted = self.hear(cx);
        self.unsettled |= wanted.for_anything();
        if self.unsettled {
            self.keep_house(Some(client));
            self.pass_topics(Instant::now());
            self.note_pressure();
        }
        self.to_write |= wanted.to_write();
    }

    /// What the task is wanted for.
    #[inline]
    fn hear(&mut self, cx: &Context<'_>) -> Wanted {
        if !self.waker.will_wake(cx.waker()) {
            self.waker.clone_from(cx.waker());
            self.shared.task.driven_by(cx.waker());
        }
        self.shared.task.take_wanted()
    }

    /// Everything that is looked after where the task was woken by more than its socket.
    fn keep_house(&mut self, client: Option<&mut C>) {
        let waker = Waker::from(self.shared.task.clone());
        let cx = &mut Context::from_waker(&waker);
        let now = Instant::now();
        self.obey(now);
        self.answer_asks();
        self.poll_provider(cx);
        self.poll_suspension(cx, now);
        self.poll_dial(cx, now);
        self.poll_renewal(cx, now);
        self.decide(client, now);
        self.listen(cx);
    }

    /// Whether there is nothing to look after, but for bytes to write.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        let nothing_new = !self.unsettled && !self.shared.task.is_wanted_for_anything();
        nothing_new && self.machine.state().is_ready() && !self.topics.is_dirty()
    }

    /// Sends what is due, writes, and sets the timer: before the task rests.
    fn settle(&mut self, cx: &mut Context<'_>) {
        let waker = Waker::from(self.shared.task.clone());
        let others = &mut Context::from_waker(&waker);
        loop {
            (self.unsettled, self.to_write) = (false, false);
            let now = Instant::now();
            self.poll_dial(others, now);
            self.poll_renewal(others, now);
            if self.parting.as_mut().is_some_and(|parting| parting.poll(others, now).is_ready()) {
                self.parting = None;
            }
            self.work(now);
            self.publish_wanted();
            self.flush(cx, now);
            if self.heed_recall(now) {
                continue;
            }
            if !self.arm(others, now) || self.over {
                return;
            }
            // Only now, when everything that has come was read: an answer that lies in the socket is not late.
            self.tick(Instant::now());
        }
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
