//! The login of a connection: made before anything else is sent, renewed before it ends.

use std::time::{Duration, SystemTime};

use rand::RngExt as _;

use super::{
    engine::{Engine, overrides},
    link::SHORTEST_BEAT,
    machine::Trigger,
    secrets::Asking,
    seen::Seen,
};
use crate::{
    auth::{AuthResponse, Credentials, TokenState},
    behaviour::Handlers,
    client::Client,
    error::{Error, Result},
    message::Outgoing,
    platform::{LoginContext, Platform, PlatformSpec, logs_in_by_header},
    shared::{Ask, FOREVER, Purpose, lock},
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
};

/// The login of the present connection.
#[derive(Default)]
pub(super) struct Login {
    pub(super) token: TokenState,
    /// What a whole new login on this connection is to be made from is being asked for.
    pub(super) asking: Option<Asking>,
    /// A login or renewal is under way, and its answer is waited for until then.
    pub(super) under_way: Option<Instant>,
    holds: bool,
    /// When a login that was thought to hold was last renewed because the venue refused something.
    pub(super) doubted: Option<Instant>,
    /// The time of day when it was last looked at, and when that was.
    pub(super) looked: Option<(SystemTime, Instant)>,
    /// It was made once more by the venue's clock.
    reset_clock: bool,
    /// The venue has said its first word.
    greeted: bool,
    /// When it is to be made, where it has to wait.
    pub(super) at: Option<Instant>,
}

impl Login {
    /// Whether this connection is logged in.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// Whether a login or refresh is under way.
    pub(super) fn is_pending(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether the venue has said what it says first.
    pub(super) fn may_begin<C: Client>(&self) -> bool {
        self.greeted || !C::Platform::SPEC.speaks_first
    }

    /// When the login is to be made or renewed; while it is being renewed, until when the answer is waited for. The first login of a connection
    /// has the deadline of its state.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.holds { self.under_way.or(self.token.refresh_at) } else { self.at }
    }

    pub(super) fn lost(&mut self) {
        *self = Self::default();
    }
}

impl<C: Handlers> Engine<C> {
    /// A connection is up: logs in, where there is something to log in with.
    pub(super) fn begin_login(&mut self, now: Instant) {
        let by = now + self.config().auth.timeout;
        if self.greeting || !self.login.may_begin::<C>() {
            // Nothing is said on a connection that the client may still refuse, or on which the venue speaks first.
            return self.machine.set_deadline(Some(by));
        }
        if self.secrets.credentials().is_none() || logs_in_by_header::<C::Platform>() {
            return self.step(Trigger::LoggedIn, Cause::LoggedIn, now);
        }
        let context = LoginContext::new(&self.clock, rand::rng().random());
        match self.shared.platform.login_delay(&mut self.memory, context).map(|delay| delay.min(FOREVER)) {
            Ok(Duration::ZERO) => {
                self.machine.set_deadline(Some(by));
                self.ask_login(false, now);
            }
            Ok(delay) => {
                self.machine.set_deadline(Some(by + delay));
                self.login.at = Some(now + delay);
            }
            Err(error) => self.login_failed(error, now),
        }
    }

    /// The venue's first words.
    pub(super) fn hello(&mut self, heartbeat: Option<Duration>, now: Instant) {
        if let (Some(every), Some(leg)) = (heartbeat, &mut self.leg) {
            let every = every.clamp(SHORTEST_BEAT, FOREVER);
            // Clients that come back together must not beat together.
            leg.heartbeat.tell(every, every.mul_f64(self.rng.random_range(0.0..1.0)), now);
            self.relax = true;
        }
        if !std::mem::replace(&mut self.login.greeted, true) && C::Platform::SPEC.speaks_first {
            self.begin_login(now);
        }
    }

    /// The client has taken connection number `epoch`.
    pub(crate) fn greeted(&mut self, epoch: u64) {
        if epoch == self.machine.epoch() && std::mem::take(&mut self.greeting) {
            self.begin_login(Instant::now());
        }
    }

    pub(super) fn ask_login(&mut self, refresh: bool, now: Instant) {
        self.login.under_way = Some(now + self.config().auth.timeout);
        // A connection's first login is made from what was asked for before dialling.
        if refresh {
            self.login.asking = self.secrets.ask(self.config().auth.timeout);
        }
        if self.login.asking.is_none() {
            self.make_login(refresh, now);
        }
    }

    pub(super) fn make_login(&mut self, refresh: bool, now: Instant) {
        #[cfg(feature = "test")]
        self.conceal();
        if overrides::<C>("AuthHandler") {
            return self.queue.push(Seen::Login { epoch: self.machine.epoch(), refresh });
        }
        let outgoing = match self.secrets.credentials().cloned() {
            Some(credentials) => self.platform_login(&credentials),
            None => Err(Error::config("credentials", "there are none to log in with")),
        };
        self.send_login(outgoing, refresh, now);
    }

    /// What the platform would log in with.
    fn platform_login(&mut self, credentials: &Credentials) -> Result<Outgoing> {
        let nonce = rand::rng().random();
        let context = LoginContext::new(&self.clock, nonce);
        let unsupported =
            Error::Unsupported { platform: C::Platform::SPEC.name, what: "logins; leave the credentials out" };
        self.shared.platform.login(&mut self.memory, credentials, context).ok_or(unsupported)
    }

    /// Sends a login that was made for connection number `epoch`.
    pub(crate) fn send_login_of(&mut self, epoch: u64, outgoing: Result<Outgoing>, refresh: bool) {
        // One that took too long to make was given up.
        if self.is_current(epoch) && self.login.is_pending() {
            self.send_login(outgoing, refresh, Instant::now());
        }
    }

    pub(super) fn send_login(&mut self, outgoing: Result<Outgoing>, refresh: bool, now: Instant) {
        let timeout = self.config().auth.timeout;
        let sent = outgoing.and_then(|outgoing| self.shared.submit_now(outgoing, Purpose::Login { refresh }, timeout));
        if let Err(error) = sent {
            match error {
                Error::Unsupported { .. } | Error::Config { .. } => self.give_up(error, now),
                error => self.login_failed(error, now),
            }
        }
    }

    /// The answer to a login or refresh came.
    pub(super) fn login_answered(&mut self, refresh: bool, result: &Result<String>, now: Instant) {
        let reply = result.as_deref().map_err(Clone::clone);
        let mut response = self.shared.platform.logged_in(&mut self.memory, reply).mark_refresh(refresh);
        if let AuthResponse::Refused { error, .. } = &mut response {
            *error = error.clone().withholding();
        }
        self.login_response(response, now);
    }

    /// The venue's word on a login.
    pub(super) fn login_response(&mut self, response: AuthResponse, now: Instant) {
        if overrides::<C>("AuthHandler") {
            let epoch = self.machine.epoch();
            return self.queue.push(Seen::Auth { epoch, response });
        }
        let accepted = match &response {
            AuthResponse::Accepted { .. } => Ok(()),
            AuthResponse::Refused { error, .. } => Err(error.clone()),
        };
        self.login_decided(response, accepted, now);
    }

    /// The handler's word on the venue's word, for connection number `epoch`.
    pub(crate) fn login_decided_of(&mut self, epoch: u64, response: AuthResponse, accepted: Result) {
        if self.is_current(epoch) {
            self.login_decided(response, accepted, Instant::now());
        }
    }

    fn login_decided(&mut self, response: AuthResponse, accepted: Result, now: Instant) {
        let refreshed = match &response {
            AuthResponse::Accepted { refreshed, .. } | AuthResponse::Refused { refreshed, .. } => *refreshed,
        };
        self.login.under_way = None;
        match (accepted, response) {
            (Ok(()), response) => self.login_holds(response, now),
            // By the venue's clock it may be right: once.
            (Err(Error::ClockSkew { offset_ms }), _) if !self.login.reset_clock => {
                self.login.reset_clock = true;
                self.clock.offset_ms = offset_ms;
                self.ask_login(refreshed, now);
            }
            // The venue is in trouble, and the old login still holds for a while: it is asked again halfway to its end.
            (Err(error), _) if refreshed && error.is_transient() && self.retry_refresh(now) => {}
            // The old login still holds for a while: a whole new one is tried before the connection is given up.
            (Err(_), _) if refreshed && !self.login.token.due => {
                self.login.token.due = true;
                self.ask_login(true, now);
            }
            (Err(error), _) => self.login_failed(error, now),
        }
    }

    fn login_holds(&mut self, response: AuthResponse, now: Instant) {
        let (life, scope, refreshed) = match response {
            AuthResponse::Accepted { life, scope, refreshed } => (life, scope, refreshed),
            AuthResponse::Refused { refreshed, .. } => (None, String::new(), refreshed),
        };
        let life = life.map(|life| life.min(FOREVER));
        self.login.holds = true;
        self.login.reset_clock = false;
        self.login.looked = Some((self.shared.clock.wall(), now));
        self.login.token = TokenState { since: Some(now), life, refresh_at: None, due: false };
        self.login.token.refresh_at = life.map(|life| now + self.refresh_after(life));
        self.shared.telemetry.emit(Event::LoggedIn { scope, refreshed });
        if self.machine.state() == State::Authenticating {
            self.step(Trigger::LoggedIn, Cause::LoggedIn, now);
        }
    }

    pub(super) fn login_failed(&mut self, error: Error, now: Instant) {
        let reason = match &error {
            Error::Platform { .. } => "the venue refused it",
            Error::Timeout { .. } => "the venue did not answer",
            _ => "it could not be made",
        };
        let speaks_for_itself =
            error.is_transient() || matches!(error, Error::ClockSkew { .. } | Error::RateLimited { .. });
        let error = if speaks_for_itself {
            error
        } else {
            Error::Auth { reason: reason.into(), source: Some(Box::new(error)) }
        };
        self.failed(error, now);
    }

    /// The login in an upgrade's headers was refused by a server whose clock is another: the next is made by that clock.
    pub(super) fn heed_clock(&mut self, error: &Error) {
        if let Error::Rejected { status: 401, offset_ms: Some(offset_ms), .. } = error
            && self.secrets.credentials().is_some()
        {
            self.clock.offset_ms = *offset_ms;
        }
    }

    /// Answers what pending handlers ask.
    pub(super) fn answer_asks(&mut self) {
        loop {
            let Some(ask) = lock(&self.shared.asks).pop_front() else { return };
            let Ask::Login { credentials, answer } = ask;
            // A handler that was dropped meanwhile wants no answer.
            let _ = answer.send(self.platform_login(&credentials));
        }
    }
}
