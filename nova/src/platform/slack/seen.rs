//! What was delivered already. Slack sends an event again when it missed the acknowledgement, over hours and on any connection.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

/// How many deliveries are remembered: a workspace gets at most 30,000 events an hour.
const MOST: usize = 32_768;

/// The last deliveries, over all connections.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Seen {
    /// Whether this is new. It is not, from now on.
    pub(super) fn note(&mut self, key: &str) -> bool {
        if self.known.contains(key) {
            return false;
        }
        if self.order.len() == MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        let key: Arc<str> = key.into();
        self.known.insert(key.clone());
        self.order.push_back(key);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_once_until_so_many_others_have_come() {
        let mut seen = Seen::default();
        for at in 0..MOST {
            assert!(seen.note(&at.to_string()));
        }
        assert!(!seen.note("0") && !seen.note(&(MOST - 1).to_string()));
        assert!(seen.note("one more"));
        assert!(seen.note("0") && !seen.note("2"), "the oldest is forgotten first");
        assert_eq!((seen.known.len(), seen.order.len()), (MOST, MOST));
    }
}
