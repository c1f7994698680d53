//! The user's own code as telemetry calls it: never again after a panic, for whoever watches must not end what it watches.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::error::{Error, Result};

/// Something of the user's that is called until it panics.
pub(super) struct Guarded<T: ?Sized> {
    inner: Arc<T>,
    panicked: AtomicBool,
}

impl<T: ?Sized> Guarded<T> {
    pub(super) fn new(inner: Arc<T>) -> Self {
        Self { inner, panicked: AtomicBool::new(false) }
    }

    /// Whether it is called at all.
    pub(super) fn is_on(&self) -> bool {
        !self.panicked.load(Ordering::Relaxed)
    }

    /// Calls it; `None` if it has panicked before.
    ///
    /// # Errors
    /// [`Error::Panicked`], once: it is off from now on.
    pub(super) fn call<R>(&self, callback: &'static str, call: impl FnOnce(&T) -> R) -> Option<Result<R>> {
        if !self.is_on() {
            return None;
        }
        Some(catch_unwind(AssertUnwindSafe(|| call(&self.inner))).map_err(|_| {
            self.panicked.store(true, Ordering::Relaxed);
            Error::Panicked { callback }
        }))
    }

    pub(super) fn inner(&self) -> &Arc<T> {
        &self.inner
    }
}

impl<T: ?Sized> fmt::Debug for Guarded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("on", &self.is_on()).finish_non_exhaustive()
    }
}
