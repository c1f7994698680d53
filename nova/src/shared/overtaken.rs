//! Which waiting messages a later one of their key has overtaken: what `conflate` drops first.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Which waiting messages a later one of their key has overtaken. Holds nothing of what does not wait any more.
#[derive(Debug, Default)]
pub(crate) struct Overtaken {
    latest: HashMap<Arc<str>, u64>,
    overtaken: BTreeSet<u64>,
}

impl Overtaken {
    /// A message of this key comes to wait; the one that was its latest is overtaken. Messages of a key share its text.
    pub(crate) fn came(&mut self, key: &str, number: u64) -> Arc<str> {
        let key = self.latest.get_key_value(key).map_or_else(|| key.into(), |(key, _)| key.clone());
        self.overtaken.extend(self.latest.insert(key.clone(), number));
        key
    }

    /// A message waits no more.
    pub(crate) fn left(&mut self, key: &str, number: u64) {
        if !self.overtaken.remove(&number) && self.latest.get(key) == Some(&number) {
            self.latest.remove(key);
        }
    }

    /// The oldest that is overtaken.
    pub(crate) fn first(&self) -> Option<u64> {
        self.overtaken.first().copied()
    }
}
