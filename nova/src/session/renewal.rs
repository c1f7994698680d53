//! Renewing a login before it ends: when, in place where the venue can, and while the old one still holds.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use rand::RngExt as _;

use super::engine::Engine;
use crate::{
    auth::{AuthResponse, TokenState},
    behaviour::Handlers,
    context::View,
    error::Error,
    platform::{LoginContext, Platform, PlatformSpec},
    time::Instant,
};

/// How far refreshes of many clients are spread, as a share of the planned moment.
const SPREAD: f64 = 0.1;

/// A login is not doubted more often than this.
const DOUBT: Duration = Duration::from_secs(30);

/// A clock that was set by less than this was only kept right.
const JUMP: Duration = Duration::from_secs(5);

impl<C: Handlers> Engine<C> {
    /// Does what is due about the login.
    pub(super) fn tick_login(&mut self, now: Instant) {
        if self.login.at.take_if(|at| *at <= now).is_some() {
            return self.ask_login(false, now);
        }
        if self.leg.is_none() || !self.login.holds() {
            return;
        }
        self.age_login(now);
        if self.login.deadline().is_none_or(|at| at > now) {
            return;
        }
        if self.login.is_pending() {
            let after = self.config().auth.timeout;
            self.login.asking = None;
            self.login_timed_out(Error::Timeout { what: "the renewal of the login", after, outcome: None }, true, now);
        } else {
            self.refresh_login(now);
        }
    }

    /// A machine that slept, or whose clock was set forward, has a login that is older than its timers think: the venue's clock went on.
    fn age_login(&mut self, now: Instant) {
        let wall = self.shared.clock.wall();
        let Some((then, looked)) = self.login.looked.replace((wall, now)) else { return };
        let passed = wall.duration_since(then).unwrap_or_default();
        let unseen = passed.saturating_sub(now.saturating_duration_since(looked));
        if unseen > JUMP {
            self.login.token.age(unseen, now);
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

    /// Another share of a token's life is to pass before its renewal.
    pub(super) fn replan_refresh(&mut self) {
        if let TokenState { since: Some(since), life: Some(life), refresh_at: Some(_), .. } = self.login.token {
            self.login.token.refresh_at = Some(since + self.refresh_after(life));
        }
    }

    /// When a login of this life is renewed: at its share, spread a little, and never closer to the end than the venue's margin,
    /// where the life is long enough to have one.
    pub(super) fn refresh_after(&mut self, life: Duration) -> Duration {
        let share = self.config().auth.refresh_at * (1.0 + self.rng.random_range(-SPREAD..=SPREAD));
        let planned = life.mul_f64(share.clamp(0.0, 0.95));
        let margin = C::Platform::SPEC.refresh_margin;
        if life > margin * 2 { planned.min(life.checked_sub(margin).unwrap_or(planned)) } else { planned }
    }

    /// Plans another refresh halfway to the end of the login that still holds, if that is not too near.
    pub(super) fn retry_refresh(&mut self, now: Instant) -> bool {
        let token = &mut self.login.token;
        let end = token.since.zip(token.life).map(|(since, life)| since + life);
        let left = end.map(|end| end.saturating_duration_since(now) / 2).filter(|left| *left > Duration::from_secs(1));
        token.refresh_at = left.map(|left| now + left);
        left.is_some()
    }

    /// No answer to the login came in time.
    pub(super) fn login_timed_out(&mut self, error: Error, refresh: bool, now: Instant) {
        self.login_response(AuthResponse::refused(error).mark_refresh(refresh), now);
    }

    /// The venue refuses what the login should allow: it is renewed before its time, at most once in half a minute.
    pub(super) fn renew_doubted_login(&mut self, now: Instant) {
        let lately = self.login.doubted.is_some_and(|doubted| now.saturating_duration_since(doubted) < DOUBT);
        if self.login.holds() && !self.login.is_pending() && !lately {
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
        let context = LoginContext::new(&self.clock, nonce);
        match shared.platform.refresh(&mut self.memory, context) {
            Some(outgoing) => {
                self.login.under_way = Some(now + config.auth.timeout);
                self.send_login(Ok(outgoing), true, now);
            }
            None => self.ask_login(true, now),
        }
    }
}
