//! Settings that change while the client runs: checked whole, taken over between two messages, or refused whole.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use super::engine::Engine;
use crate::{
    behaviour::Handlers,
    config::{Changes, Layer, Patch},
    error::Result,
    shared::lock,
    telemetry::Event,
    time::Instant,
};

impl<C: Handlers> Engine<C> {
    /// Lays `patch` over what was changed at run time before.
    pub(super) fn configure(&mut self, patch: &Patch) -> Result<Changes> {
        let below = lock(&self.shared.layers).patch(Layer::Runtime);
        let all = patch.over(below);
        let changes = self.take_over(Layer::Runtime, &all, patch)?;
        self.persist(&all);
        Ok(changes)
    }

    /// Puts `all` in the place of a layer; `named` is what is answered for.
    fn take_over(&mut self, layer: Layer, all: &Patch, named: &Patch) -> Result<Changes> {
        let before = self.config();
        let (changes, settled) = lock(&self.shared.layers).plan(layer, all, named, &before);
        let (layers, config) = settled?;
        let config = Arc::new(config);
        *lock(&self.shared.layers) = Arc::new(layers);
        self.shared.config.store(config.clone());
        self.settings = config.clone();
        self.shared.telemetry.configure(&config);
        self.shared.outbox().configure(&config);
        if before.rate_limit != config.rate_limit {
            let limiter = self.shared.outbox().budget.limiter().clone();
            limiter.configure(&config.rate_limit);
        }
        self.queue.configure(&config);
        self.shared.inbox.configure(&config);
        for stream in self.shared.streams.all() {
            stream.configure(&config);
        }
        self.topics.configure(config.subscriptions.stale_after, Instant::now());
        let interval = self.beat_interval(&config);
        if let Some(leg) = &mut self.leg {
            leg.heartbeat.configure(interval, config.heartbeat.timeout, config.heartbeat.missed);
        }
        if before.auth.refresh_at.to_bits() != config.auth.refresh_at.to_bits() {
            self.replan_refresh();
        }
        self.relax = true;
        if !changes.is_empty() {
            self.shared.telemetry.emit(Event::Configured { changes: Arc::new(changes.clone()) });
        }
        Ok(changes)
    }

    /// Keeps what was changed at run time, where the builder said so. Not waited for: a disk that is full or slow holds up nobody.
    fn persist(&self, patch: &Patch) {
        let Some(persistence) = self.persistence.clone() else { return };
        let (shared, patch) = (self.shared.clone(), *patch);
        tokio::task::spawn_blocking(move || {
            // One at a time, so that the last is the one that stays.
            let _turn = lock(&shared.saves);
            let latest = lock(&shared.layers).patch(Layer::Runtime);
            if latest == patch
                && let Err(error) = persistence.save(&patch)
            {
                shared.telemetry.warn(error, "the change holds until the client ends");
            }
        });
    }

    /// What the provider of the settings has to say.
    pub(super) fn poll_provider(&mut self, cx: &mut Context<'_>) {
        if let Some(changed) = &mut self.provided
            && let Poll::Ready(loaded) = changed.as_mut().poll(cx)
        {
            // One a turn: a provider that always has another must not keep the client from everything else.
            cx.waker().wake_by_ref();
            self.provided = self.provider.as_ref().and_then(|provider| provider.changed());
            if let Err(error) = loaded.and_then(|patch| self.take_over(Layer::Provider, &patch, &patch)) {
                self.shared.telemetry.warn(error, "the settings stay as they are");
            }
        }
    }
}
