//! The last so many of something: memory that does not grow with a client's life.

/// How many of each kind are kept.
pub(super) const KEPT: usize = 1_024;

/// The last [`KEPT`] of a kind, oldest first.
#[derive(Debug)]
pub(super) struct Ring<T> {
    kept: Vec<T>,
    /// Where the oldest stands, which the next one takes the place of.
    oldest: usize,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), oldest: 0 }
    }
}

impl<T> Ring<T> {
    pub(super) fn push(&mut self, value: T) {
        if self.kept.len() < KEPT {
            return self.kept.push(value);
        }
        self.kept[self.oldest] = value;
        self.oldest = (self.oldest + 1) % KEPT;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let (newer, older) = self.kept.split_at(self.oldest);
        older.iter().chain(newer)
    }
}
