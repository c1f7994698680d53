//! Which waiting messages a later one of their key has overtaken: what `conflate` drops first.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Which waiting messages a later one of their key has overtaken. Holds nothing of what does not wait any more, and takes no room
/// before there is a key.
#[derive(Debug, Default)]
pub(crate) struct Overtaken(Option<Box<Keyed>>);

#[derive(Debug, Default)]
struct Keyed {
    latest: HashMap<Arc<str>, u64>,
    overtaken: BTreeSet<u64>,
}

impl Overtaken {
    /// A message of this key comes to wait; the one that was its latest is overtaken. Messages of a key share its text.
    pub(crate) fn came(&mut self, key: &str, number: u64) -> Arc<str> {
        let Keyed { latest, overtaken } = &mut **self.0.get_or_insert_default();
        let key = latest.get_key_value(key).map_or_else(|| key.into(), |(key, _)| key.clone());
        overtaken.extend(latest.insert(key.clone(), number));
        key
    }

    /// A message waits no more.
    pub(crate) fn left(&mut self, key: &str, number: u64) {
        let Some(keyed) = &mut self.0 else { return };
        if !keyed.overtaken.remove(&number) && keyed.latest.get(key) == Some(&number) {
            keyed.latest.remove(key);
        }
    }

    /// The oldest that is overtaken.
    pub(crate) fn first(&self) -> Option<u64> {
        self.0.as_ref()?.overtaken.first().copied()
    }
}
