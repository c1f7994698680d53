//! A queue that cannot grow without bound: in items, in bytes and in time.
//!
//! What is more urgent leaves first and is evicted last; what is equally urgent keeps its order. Whatever leaves in another way than
//! by its turn is handed back, so that whoever waits for it can be told.

use std::{collections::VecDeque, time::Duration};

use crate::time::Instant;

/// How urgent a send is: the more urgent leave first, the least urgent are evicted first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// What keeps the connection alive: heartbeats, logins, answers to the venue's tests.
    Control,
    /// What takes risk away: cancelling orders.
    Cancel,
    /// What the client is for: orders, messages.
    #[default]
    Order,
    /// Asking for topics.
    Subscribe,
    /// Asking for anything that can wait.
    Query,
}

const PRIORITIES: usize = 5;

/// Why something left a queue without its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eviction {
    /// It was kept for as long as it may be.
    Expired,
    /// What came later, or was more urgent, took its place.
    Displaced,
    /// It alone is larger than the queue, or all that is there is more urgent.
    NoRoom,
}

impl Eviction {
    /// For [`Error::Evicted`](crate::Error::Evicted).
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Expired => "it waited longer than the queue keeps it",
            Self::Displaced => "the queue was full, and newer or more urgent ones took its place",
            Self::NoRoom => "the queue has no room for it",
        }
    }
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    bytes: usize,
    expires: Option<Instant>,
}

/// A queue bounded in items, bytes and time.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// One for each priority; none before something has waited.
    lanes: Vec<VecDeque<Entry<T>>>,
    items: usize,
    bytes: usize,
    most_items: usize,
    most_bytes: usize,
}

impl<T> Queue<T> {
    pub(crate) const fn new(most_items: usize, most_bytes: usize) -> Self {
        Self { lanes: Vec::new(), items: 0, bytes: 0, most_items, most_bytes }
    }

    /// Takes over other bounds. What is over a smaller one already leaves as the next one comes.
    pub(crate) const fn bound(&mut self, most_items: usize, most_bytes: usize) {
        (self.most_items, self.most_bytes) = (most_items, most_bytes);
    }

    /// Puts `value` behind those as urgent as it is. What has expired, and then the oldest of the least urgent, makes room for it and
    /// is handed to `evicted`; so is `value` itself if there is none to be made.
    pub(crate) fn push(
        &mut self,
        value: T,
        bytes: usize,
        priority: Priority,
        (now, ttl): (Instant, Duration),
        mut evicted: impl FnMut(T, Eviction),
    ) {
        self.expire(now, &mut evicted);
        if !self.can_make_room(bytes, priority) {
            return evicted(value, Eviction::NoRoom);
        }
        while !self.has_room(bytes) {
            let Some(lane) = self.lanes.iter().rposition(|lane| !lane.is_empty()) else { break };
            if let Some(entry) = self.remove(lane) {
                evicted(entry.value, Eviction::Displaced);
            }
        }
        self.insert(Entry { value, bytes, expires: now.checked_add(ttl) }, priority);
    }

    /// The oldest of the most urgent. What has expired before its turn is handed to `evicted`.
    pub(crate) fn pop(&mut self, now: Instant, evicted: impl FnMut(T, Eviction)) -> Option<T> {
        self.expire(now, evicted);
        let lane = self.lanes.iter().position(|lane| !lane.is_empty())?;
        self.remove(lane).map(|entry| entry.value)
    }

    /// The next to leave, its size and its urgency.
    pub(crate) fn peek(&self) -> Option<(&T, usize)> {
        self.lanes.iter().find_map(VecDeque::front).map(|entry| (&entry.value, entry.bytes))
    }

    /// Hands out what has been kept for too long.
    pub(crate) fn expire(&mut self, now: Instant, mut evicted: impl FnMut(T, Eviction)) {
        if self.is_empty() {
            return;
        }
        for entry in self.extract_entries(|entry| entry.expires.is_some_and(|at| at <= now)) {
            evicted(entry.value, Eviction::Expired);
        }
    }

    /// Takes out what `gone` names.
    pub(crate) fn extract(&mut self, mut gone: impl FnMut(&T) -> bool) -> Vec<T> {
        self.extract_entries(|entry| gone(&entry.value)).into_iter().map(|entry| entry.value).collect()
    }

    fn extract_entries(&mut self, mut gone: impl FnMut(&Entry<T>) -> bool) -> Vec<Entry<T>> {
        let mut out = Vec::new();
        for lane in &mut self.lanes {
            if lane.iter().any(&mut gone) {
                let (left, kept) = lane.drain(..).partition::<VecDeque<_>, _>(&mut gone);
                *lane = kept;
                out.extend(left);
            }
        }
        self.items -= out.len();
        self.bytes -= out.iter().map(|entry| entry.bytes).sum::<usize>();
        out
    }

    /// When the next one expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        if self.is_empty() { None } else { self.lanes.iter().flatten().filter_map(|entry| entry.expires).min() }
    }

    /// Empties the queue, in the order in which it would have left.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        (self.items, self.bytes) = (0, 0);
        self.lanes.iter_mut().flat_map(|lane| lane.drain(..)).map(|entry| entry.value)
    }

    pub(crate) const fn len(&self) -> usize {
        self.items
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.items == 0
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.items < self.most_items && bytes <= self.most_bytes.saturating_sub(self.bytes)
    }

    /// Whether there would be room if all that is not more urgent were gone.
    fn can_make_room(&self, bytes: usize, priority: Priority) -> bool {
        if self.has_room(bytes) {
            return true;
        }
        let kept = || self.lanes.iter().take(priority as usize);
        let items: usize = kept().map(VecDeque::len).sum();
        let kept: usize = kept().flatten().map(|entry| entry.bytes).sum();
        items < self.most_items && bytes <= self.most_bytes.saturating_sub(kept)
    }

    fn insert(&mut self, entry: Entry<T>, priority: Priority) {
        self.items += 1;
        self.bytes += entry.bytes;
        if self.lanes.is_empty() {
            self.lanes.resize_with(PRIORITIES, VecDeque::new);
        }
        self.lanes[priority as usize].push_back(entry);
    }

    fn remove(&mut self, lane: usize) -> Option<Entry<T>> {
        let entry = self.lanes[lane].pop_front()?;
        self.items -= 1;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Priority; PRIORITIES] =
        [Priority::Control, Priority::Cancel, Priority::Order, Priority::Subscribe, Priority::Query];

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// What left without its turn.
    fn push(
        queue: &mut Queue<u32>,
        value: u32,
        bytes: usize,
        priority: Priority,
        now: Instant,
    ) -> Vec<(u32, Eviction)> {
        let mut evicted = Vec::new();
        queue.push(value, bytes, priority, (now, secs(30)), |value, why| evicted.push((value, why)));
        evicted
    }

    #[test]
    fn the_oldest_makes_room_by_items_and_by_bytes() {
        let now = Instant::now();
        let mut queue = Queue::new(2, 100);
        assert_eq!(push(&mut queue, 1, 10, Priority::Order, now), []);
        assert_eq!(push(&mut queue, 2, 10, Priority::Order, now), []);
        assert_eq!(push(&mut queue, 3, 10, Priority::Order, now), [(1, Eviction::Displaced)]);
        assert_eq!(push(&mut queue, 4, 95, Priority::Order, now), [(2, Eviction::Displaced), (3, Eviction::Displaced)]);
        assert_eq!(push(&mut queue, 5, 101, Priority::Order, now), [(5, Eviction::NoRoom)]);
        assert_eq!((queue.len(), queue.bytes), (1, 95));
    }

    #[test]
    fn the_urgent_leave_first_and_are_displaced_last() {
        let now = Instant::now();
        let mut queue = Queue::new(3, 100);
        push(&mut queue, 1, 1, Priority::Query, now);
        push(&mut queue, 2, 1, Priority::Cancel, now);
        push(&mut queue, 3, 1, Priority::Order, now);
        assert_eq!(push(&mut queue, 4, 1, Priority::Control, now), [(1, Eviction::Displaced)]);
        assert_eq!(push(&mut queue, 5, 1, Priority::Query, now), [(5, Eviction::NoRoom)]);
        assert_eq!(queue.peek(), Some((&4, 1)));
        assert_eq!(queue.drain().collect::<Vec<_>>(), [4, 2, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn what_waits_too_long_is_handed_back_instead_of_sent() {
        let now = Instant::now();
        let mut queue = Queue::new(10, 100);
        push(&mut queue, 1, 1, Priority::Order, now);
        push(&mut queue, 2, 1, Priority::Control, now + secs(10));
        assert_eq!(queue.next_expiry(), Some(now + secs(30)));
        let mut expired = Vec::new();
        assert_eq!(queue.pop(now + secs(30), |value, why| expired.push((value, why))), Some(2));
        assert_eq!(expired, [(1, Eviction::Expired)]);
        assert_eq!((queue.pop(now + secs(60), |_, _| {}), queue.next_expiry()), (None, None));
        push(&mut queue, 3, 1, Priority::Order, now);
        push(&mut queue, 4, 1, Priority::Order, now);
        assert_eq!((queue.extract(|value| *value == 3), queue.len()), (vec![3], 1));
    }

    #[test]
    fn a_smaller_bound_holds_from_the_next_on() {
        let now = Instant::now();
        let mut queue = Queue::new(10, 100);
        (1..=3).for_each(|value| drop(push(&mut queue, value, 10, Priority::Order, now)));
        queue.bound(2, 100);
        assert!(!queue.is_empty() && queue.len() == 3);
        assert_eq!(push(&mut queue, 4, 10, Priority::Order, now), [(1, Eviction::Displaced), (2, Eviction::Displaced)]);
        queue.bound(10, 15);
        assert_eq!(push(&mut queue, 5, 10, Priority::Order, now), [(3, Eviction::Displaced), (4, Eviction::Displaced)]);
    }

    #[test]
    fn whoever_was_evicted_is_told_why() {
        for (eviction, why) in
            [(Eviction::Expired, "longer"), (Eviction::Displaced, "took its place"), (Eviction::NoRoom, "no room")]
        {
            assert!(eviction.reason().contains(why), "{}", eviction.reason());
        }
    }

    proptest! {
        #[test]
        fn bounds_hold_order_is_kept_and_nothing_vanishes(
            pushes in prop::collection::vec((0usize..60, 0usize..5, 0u64..4, any::<bool>()), 1..200),
        ) {
            let (mut queue, mut now) = (Queue::new(8, 100), Instant::now());
            let (mut left, mut popped) = (0, Vec::new());
            for (value, (bytes, priority, pause, pop)) in pushes.iter().enumerate() {
                now += secs(*pause);
                queue.push((*priority, value), *bytes, ALL[*priority], (now, secs(10)), |_, _| left += 1);
                prop_assert!(queue.len() <= 8 && queue.bytes <= 100);
                if *pop {
                    let first = queue.pop(now, |_, _| left += 1);
                    left += usize::from(first.is_some());
                    popped.extend(first);
                }
                prop_assert_eq!(left + queue.len(), value + 1);
            }
            for priority in 0..PRIORITIES {
                let lane: Vec<usize> = popped.iter().filter(|(of, _)| *of == priority).map(|(_, value)| *value).collect();
                prop_assert!(lane.is_sorted());
            }
            let rest: Vec<(usize, usize)> = queue.drain().collect();
            prop_assert!(rest.is_sorted());
            prop_assert_eq!((queue.len(), queue.bytes), (0, 0));
        }
    }
}
