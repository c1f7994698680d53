//! The streams of single topics: any number, each with its own bounded queue.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Inbox, lock};

type ByTopic<M> = HashMap<Arc<str>, Vec<Arc<Inbox<M>>>>;

/// The streams of single topics.
pub(crate) struct Streams<M> {
    by_topic: Mutex<ByTopic<M>>,
    count: AtomicUsize,
}

impl<M> Default for Streams<M> {
    fn default() -> Self {
        Self { by_topic: Mutex::default(), count: AtomicUsize::new(0) }
    }
}

impl<M> Streams<M> {
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn add(&self, topic: Arc<str>, inbox: Arc<Inbox<M>>) {
        lock(&self.by_topic).entry(topic).or_default().push(inbox);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a stream out; whether it was the topic's last.
    pub(crate) fn remove(&self, topic: &str, inbox: &Arc<Inbox<M>>) -> bool {
        let mut by_topic = lock(&self.by_topic);
        let Some(streams) = by_topic.get_mut(topic) else { return false };
        let before = streams.len();
        streams.retain(|stream| !Arc::ptr_eq(stream, inbox));
        self.count.fetch_sub(before - streams.len(), Ordering::Relaxed);
        let last = streams.is_empty();
        if last {
            by_topic.remove(topic);
        }
        last
    }

    /// The streams of a topic.
    pub(crate) fn of(&self, topic: &str) -> Vec<Arc<Inbox<M>>> {
        lock(&self.by_topic).get(topic).cloned().unwrap_or_default()
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self) {
        for stream in lock(&self.by_topic).values().flatten() {
            stream.end();
        }
    }
}
