//! A value that everybody sees, and who waits for it to change.
//!
//! The channel that tells of changes is larger than most values, and there only while somebody listens: of a client that is up nobody
//! does, more often than not.

use std::sync::Mutex;

use tokio::sync::watch;

use super::lock;

/// A value that everybody sees.
pub(crate) struct Board<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    value: T,
    told: Option<watch::Sender<T>>,
}

impl<T: Clone> Board<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { inner: Mutex::new(Inner { value, told: None }) }
    }

    /// The value now, as `read` sees it.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&lock(&self.inner).value)
    }

    /// Follows the value.
    pub(crate) fn follow(&self) -> watch::Receiver<T> {
        let mut inner = lock(&self.inner);
        let Inner { value, told } = &mut *inner;
        told.get_or_insert_with(|| watch::Sender::new(value.clone())).subscribe()
    }

    /// Waits for a value that is `wanted`.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub(crate) async fn wait_for(&self, wanted: impl FnMut(&T) -> bool) -> T {
        let _last = Listener(self);
        let mut changes = self.follow();
        let found = changes.wait_for(wanted).await.map(|value| value.clone());
        found.unwrap_or_else(|_| self.read(T::clone))
    }

    /// Shows another value.
    pub(crate) fn show(&self, value: T) {
        self.change(|shown| {
            *shown = value;
            true
        });
    }

    /// Changes the value; `change` says whether that is to be told.
    pub(crate) fn change(&self, change: impl FnOnce(&mut T) -> bool) {
        let mut inner = lock(&self.inner);
        let Inner { value, told } = &mut *inner;
        if change(value)
            && let Some(told) = told
        {
            told.send_replace(value.clone());
        }
        inner.forget();
    }
}

impl<T> Inner<T> {
    /// Lets go of the channel where nobody listens.
    fn forget(&mut self) {
        if self.told.as_ref().is_some_and(|told| told.receiver_count() == 0) {
            self.told = None;
        }
    }
}

/// Somebody who has listened.
struct Listener<'b, T>(&'b Board<T>);

impl<T> Drop for Listener<'_, T> {
    fn drop(&mut self) {
        lock(&self.0.inner).forget();
    }
}

#[cfg(test)]
mod tests {
    use tokio_test::{assert_pending, assert_ready_eq, task::spawn};

    use super::*;

    #[test]
    fn whoever_waits_is_told_and_the_channel_goes_with_the_last_of_them() {
        let board = Board::new(1);
        let mut waits = spawn(board.wait_for(|value| *value > 2));
        assert_pending!(waits.poll());
        board.show(2);
        assert_pending!(waits.poll());
        board.change(|value| {
            *value = 3;
            true
        });
        assert!(waits.is_woken());
        assert_ready_eq!(waits.poll(), 3);
        drop(waits);
        assert!(lock(&board.inner).told.is_none());
        let follows = board.follow();
        board.change(|value| {
            *value = 4;
            false
        });
        assert!(!follows.has_changed().unwrap(), "nobody was to be told");
        assert_eq!(board.read(|value| *value), 4);
        drop(follows);
        board.show(5);
        assert!(lock(&board.inner).told.is_none());
    }
}
