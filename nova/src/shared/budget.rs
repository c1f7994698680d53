//! The request budgets of a client: the venue's pools and the client's own limit.
use crate::{config::Config, platform::Pool};
use std::time::Duration;
use tokio::time::Instant;
pub(crate) struct Budget;
impl Budget {
    pub(crate) fn new(_: &Config, _: &'static [Pool]) -> Self {
        Self
    }
    pub(crate) fn wait(&self, _: Instant, _: usize, _: u32) -> Duration {
        Duration::ZERO
    }
    pub(crate) fn take(&mut self, _: Instant, _: usize, _: u32) {}
}
