//! The collector of a client, as telemetry calls it: not at all where there is none, and never again after a panic.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::MetricsCollector;
use crate::error::{Error, Result};

/// The collector of a client.
#[derive(Debug)]
pub(in crate::telemetry) struct Collector {
    metrics: Arc<dyn MetricsCollector>,
    panicked: AtomicBool,
}

impl Collector {
    pub(in crate::telemetry) fn new(metrics: Arc<dyn MetricsCollector>) -> Self {
        Self { metrics, panicked: AtomicBool::new(false) }
    }

    /// Whether it is called at all.
    pub(in crate::telemetry) fn is_on(&self) -> bool {
        !self.panicked.load(Ordering::Relaxed)
    }

    /// Calls it, unless it has panicked before.
    ///
    /// # Errors
    /// [`Error::Panicked`], once: it is off from now on.
    pub(in crate::telemetry) fn tell(
        &self,
        callback: &'static str,
        tell: impl FnOnce(&dyn MetricsCollector),
    ) -> Result {
        if !self.is_on() {
            return Ok(());
        }
        catch_unwind(AssertUnwindSafe(|| tell(&*self.metrics))).map_err(|_| {
            self.panicked.store(true, Ordering::Relaxed);
            Error::Panicked { callback }
        })
    }

    /// The collector itself, where it is of this type.
    pub(in crate::telemetry) fn downcast<M: MetricsCollector>(&self) -> Option<Arc<M>> {
        let any: Arc<dyn Any + Send + Sync> = self.metrics.clone();
        any.downcast().ok()
    }
}
