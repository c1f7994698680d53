//! The login of a connection: made before anything else is sent, renewed before it ends.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use rand::RngExt as _;

use super::{
    engine::{Engine, overrides},
    machine::Trigger,
    secrets::Asking,
    seen::Seen,
};
use crate::{
    auth::{AuthResponse, Credentials, TokenState},
    behaviour::Handlers,
    context::View,
    error::{Error, Result},
    message::Outgoing,
    platform::{LoginContext, Platform, PlatformSpec, logs_in_by_header},
    shared::{Ask, FOREVER, Purpose, lock},
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
};

/// How far refreshes of many clients are spread, as a share of the planned moment.
const SPREAD: f64 = 0.1;

/// A login is not doubted more often than this.
const DOUBT: Duration = Duration::from_secs(30);

/// The login of the present connection.
#[derive(Default)]
pub(super) struct Login {
    token: TokenState,
    /// What a whole new login on this connection is to be made from is being asked for.
    asking: Option<Asking>,
    /// A login or refresh is under way.
    pending: bool,
    holds: bool,
    /// When a login that was thought to hold was last renewed because the venue refused something.
    doubted: Option<Instant>,
}

impl Login {
    /// Whether this connection is logged in.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// Whether a login or refresh is under way.
    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }

    /// When the login is to be renewed.
    pub(super) fn refresh_at(&self) -> Option<Instant> {
        if self.pending { None } else { self.token.refresh_at }
    }

    pub(super) fn lost(&mut self) {
        *self = Self::default();
    }
}

impl<C: Handlers> Engine<C> {
    /// A connection is up: logs in, where there is something to log in with.
    pub(super) fn begin_login(&mut self, now: Instant) {
        let by = now + self.config().auth.timeout;
        if self.greeting {
            // Nothing is said on a connection that the client may still refuse.
            return self.machine.set_deadline(Some(by));
        }
        if self.secrets.credentials().is_none() || logs_in_by_header::<C::Platform>() {
            return self.step(Trigger::LoggedIn, Cause::LoggedIn, now);
        }
        self.machine.set_deadline(Some(by));
        self.ask_login(false, now);
    }

    /// The client has taken connection number `epoch`.
    pub(crate) fn greeted(&mut self, epoch: u64) {
        if epoch == self.machine.epoch() && std::mem::take(&mut self.greeting) {
            self.begin_login(Instant::now());
        }
    }

    fn ask_login(&mut self, refresh: bool, now: Instant) {
        self.login.pending = true;
        // A connection's first login is made from what was asked for before dialling.
        if refresh {
            self.login.asking = self.secrets.ask(self.config().auth.timeout);
        }
        if self.login.asking.is_none() {
            self.make_login(refresh, now);
        }
    }

    /// Renews the login, once it is known from what.
    pub(super) fn poll_renewal(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(asking) = &mut self.login.asking else { return };
        let Poll::Ready(answer) = asking.as_mut().poll(cx) else { return };
        self.login.asking = None;
        match self.secrets_answered(answer) {
            Ok(()) => self.make_login(true, now),
            Err(error) => self.login_failed(error, now),
        }
    }

    fn make_login(&mut self, refresh: bool, now: Instant) {
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
        let context = LoginContext::new(&*self.shared.clock, nonce);
        let unsupported =
            Error::Unsupported { platform: C::Platform::SPEC.name, what: "logins; leave the credentials out" };
        self.shared.platform.login(&mut self.memory, credentials, context).ok_or(unsupported)
    }

    /// Sends a login that was made for connection number `epoch`.
    pub(crate) fn send_login_of(&mut self, epoch: u64, outgoing: Result<Outgoing>, refresh: bool) {
        if self.is_current(epoch) {
            self.send_login(outgoing, refresh, Instant::now());
        }
    }

    fn send_login(&mut self, outgoing: Result<Outgoing>, refresh: bool, now: Instant) {
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
        let response = self.shared.platform.logged_in(&mut self.memory, reply).mark_refresh(refresh);
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
        self.login.pending = false;
        match (accepted, response) {
            (Ok(()), response) => self.login_holds(response, now),
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
        self.login.token = TokenState { since: Some(now), life, refresh_at: None, due: false };
        self.login.token.refresh_at = life.map(|life| now + self.refresh_after(life));
        self.shared.telemetry.emit(Event::LoggedIn { scope, refreshed });
        if self.machine.state() == State::Authenticating {
            self.step(Trigger::LoggedIn, Cause::LoggedIn, now);
        }
    }

    /// Another share of a token's life is to pass before its renewal.
    pub(super) fn replan_refresh(&mut self) {
        if let TokenState { since: Some(since), life: Some(life), refresh_at: Some(_), .. } = self.login.token {
            self.login.token.refresh_at = Some(since + self.refresh_after(life));
        }
    }

    /// When a login of this life is renewed: at its share, spread a little, and never closer to the end than the venue's margin,
    /// where the life is long enough to have one.
    fn refresh_after(&mut self, life: Duration) -> Duration {
        let share = self.config().auth.refresh_at * (1.0 + self.rng.random_range(-SPREAD..=SPREAD));
        let planned = life.mul_f64(share.clamp(0.0, 0.95));
        let margin = C::Platform::SPEC.refresh_margin;
        if life > margin * 2 { planned.min(life.checked_sub(margin).unwrap_or(planned)) } else { planned }
    }

    /// Plans another refresh halfway to the end of the login that still holds, if that is not too near.
    fn retry_refresh(&mut self, now: Instant) -> bool {
        let token = &mut self.login.token;
        let end = token.since.zip(token.life).map(|(since, life)| since + life);
        let left = end.map(|end| end.saturating_duration_since(now) / 2).filter(|left| *left > Duration::from_secs(1));
        token.refresh_at = left.map(|left| now + left);
        left.is_some()
    }

    fn login_failed(&mut self, error: Error, now: Instant) {
        let reason = match &error {
            Error::Platform { .. } => "the venue refused it",
            Error::Timeout { .. } => "the venue did not answer",
            _ => "it could not be made",
        };
        let transient = error.is_transient();
        let error =
            if transient { error } else { Error::Auth { reason: reason.into(), source: Some(Box::new(error)) } };
        self.failed(error, now);
    }

    /// No answer to the login came in time.
    pub(super) fn login_timed_out(&mut self, error: Error, refresh: bool, now: Instant) {
        self.login_response(AuthResponse::refused(error).mark_refresh(refresh), now);
    }

    /// The venue refuses what the login should allow: it is renewed before its time, at most once in half a minute.
    pub(super) fn renew_doubted_login(&mut self, now: Instant) {
        let lately = self.login.doubted.is_some_and(|doubted| now.saturating_duration_since(doubted) < DOUBT);
        if self.login.holds && !self.login.pending && !lately {
            self.login.doubted = Some(now);
            self.refresh_login(now);
        }
    }

    /// The moment planned for a renewal has come.
    pub(super) fn refresh_login(&mut self, now: Instant) {
        let config = self.config();
        let due = TokenState { due: true, ..self.login.token.clone() };
        if !C::needs_reauthentication(&due, View::new(&self.shared.platform, &config)) {
            // Asked again halfway to the end, as long as there is an end.
            let left = due.since.zip(due.life).map(|(since, life)| (since + life).saturating_duration_since(now) / 2);
            self.login.token.refresh_at = left.filter(|left| *left > Duration::from_secs(1)).map(|left| now + left);
            return;
        }
        let nonce = rand::rng().random();
        let shared = self.shared.clone();
        let context = LoginContext::new(&*shared.clock, nonce);
        match shared.platform.refresh(&mut self.memory, context) {
            Some(outgoing) => {
                self.login.pending = true;
                self.send_login(Ok(outgoing), true, now);
            }
            None => self.ask_login(true, now),
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
