//! Values by name: found by a hash, because each message asks for one, and walked in the order of their names, so that a venue is asked
//! for the same in the same order.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use foldhash::fast::RandomState;

/// Values by name.
#[derive(Debug)]
pub(super) struct ByName<T> {
    /// Boxed, because a table is half empty at times, and a topic is large.
    values: HashMap<Arc<str>, Box<T>, RandomState>,
    names: BTreeSet<Arc<str>>,
}

impl<T> ByName<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.values.get(name).map(Box::as_ref)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.values.get_mut(name).map(Box::as_mut)
    }

    pub(super) fn insert(&mut self, name: Arc<str>, value: T) {
        self.names.insert(name.clone());
        self.values.insert(name, Box::new(value));
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<(Arc<str>, T)> {
        self.names.remove(name);
        self.values.remove_entry(name).map(|(name, value)| (name, *value))
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.values.retain(|_, value| keeps(value));
        self.names.retain(|name| self.values.contains_key(name));
    }

    /// All of them, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.names.iter().filter_map(|name| Some((name, self.get(name)?)))
    }

    /// The same, to be changed.
    pub(super) fn each_mut(&mut self, mut each: impl FnMut(&Arc<str>, &mut T)) {
        for name in &self.names {
            if let Some(value) = self.values.get_mut(name) {
                each(name, value);
            }
        }
    }

    /// All of them, in any order.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.values().map(Box::as_ref)
    }

    /// The same, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.values_mut().map(Box::as_mut)
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self { values: HashMap::default(), names: BTreeSet::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_and_what_is_walked_are_the_same_in_the_order_of_the_names() {
        let mut numbers = ByName::default();
        for (number, name) in ["c", "a", "d", "b"].into_iter().enumerate() {
            numbers.insert(name.into(), number);
        }
        // In the place of the first.
        numbers.insert("d".into(), 7);
        numbers.each_mut(|name, number| *number += usize::from(**name == *"a"));
        assert_eq!(numbers.remove("c"), Some(("c".into(), 0)));
        assert_eq!((numbers.remove("c"), numbers.get("c"), numbers.contains("b")), (None, None, true));
        let walked = |numbers: &ByName<usize>| -> Vec<_> {
            numbers.iter().map(|(name, number)| (name.to_string(), *number)).collect()
        };
        assert_eq!(walked(&numbers), [("a".to_owned(), 2), ("b".to_owned(), 3), ("d".to_owned(), 7)]);
        numbers.retain(|number| *number > 2);
        assert_eq!(walked(&numbers), [("b".to_owned(), 3), ("d".to_owned(), 7)]);
        assert_eq!((numbers.values().sum::<usize>(), numbers.is_empty()), (10, false));
    }
}
