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

    /// Takes a stream out; whether it was still in.
    pub(crate) fn remove(&self, topic: &str, inbox: &Arc<Inbox<M>>) -> bool {
        let mut by_topic = lock(&self.by_topic);
        let Some(streams) = by_topic.get_mut(topic) else { return false };
        let before = streams.len();
        streams.retain(|stream| !Arc::ptr_eq(stream, inbox));
        let taken = before - streams.len();
        self.count.fetch_sub(taken, Ordering::Relaxed);
        if streams.is_empty() {
            by_topic.remove(topic);
        }
        taken > 0
    }

    /// The streams of a topic.
    pub(crate) fn of(&self, topic: &str) -> Vec<Arc<Inbox<M>>> {
        lock(&self.by_topic).get(topic).cloned().unwrap_or_default()
    }

    /// All streams.
    pub(crate) fn all(&self) -> Vec<Arc<Inbox<M>>> {
        lock(&self.by_topic).values().flatten().cloned().collect()
    }

    /// Whether the consumer of any stream is so far behind that one more message has no room.
    pub(crate) fn any_full(&self) -> bool {
        !self.is_empty() && lock(&self.by_topic).values().flatten().any(|stream| stream.is_full())
    }

    /// The topic is over: nothing comes on its streams any more.
    pub(crate) fn end_topic(&self, topic: &str) {
        let Some(streams) = lock(&self.by_topic).remove(topic) else { return };
        self.count.fetch_sub(streams.len(), Ordering::Relaxed);
        for stream in streams {
            stream.end();
        }
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self) {
        for stream in lock(&self.by_topic).values().flatten() {
            stream.end();
        }
    }
}
