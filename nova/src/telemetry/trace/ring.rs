//! The last so many of something: memory that does not grow with a client's life.

use std::collections::VecDeque;

/// How many of each kind are kept.
pub(super) const KEPT: usize = 1_024;

/// The last [`KEPT`] of a kind, oldest first.
#[derive(Debug)]
pub(super) struct Ring<T>(VecDeque<T>);

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Ring<T> {
    pub(super) fn push(&mut self, value: T) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}
