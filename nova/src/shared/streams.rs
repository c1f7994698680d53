//! The streams of single topics: any number, each with its own bounded queue.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use super::{Inbox, Pause, lock};

type ByTopic<M> = HashMap<Arc<str>, Vec<Arc<Inbox<M>>>>;

/// The streams of single topics.
pub(crate) struct Streams<M> {
    by_topic: Mutex<ByTopic<M>>,
    count: AtomicUsize,
    /// Whether everything the client delivers is paused. Changed with the topics locked, so that no new stream misses it.
    paused: AtomicBool,
}

impl<M> Default for Streams<M> {
    fn default() -> Self {
        Self { by_topic: Mutex::default(), count: AtomicUsize::new(0), paused: AtomicBool::new(false) }
    }
}

impl<M> Streams<M> {
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn add(&self, topic: Arc<str>, inbox: Arc<Inbox<M>>) {
        let mut by_topic = lock(&self.by_topic);
        inbox.pause(Pause::Client, self.is_paused());
        by_topic.entry(topic).or_default().push(inbox);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether everything the client delivers is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Pauses or resumes everything the client delivers: its inbox and its streams.
    pub(crate) fn pause(&self, inbox: &Inbox<M>, paused: bool) {
        let by_topic = lock(&self.by_topic);
        self.paused.store(paused, Ordering::SeqCst);
        inbox.pause(Pause::Client, paused);
        for stream in by_topic.values().flatten() {
            stream.pause(Pause::Client, paused);
        }
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

    /// Whether any stream is so.
    #[inline(always)]
    pub(crate) fn any(&self, is_so: impl Fn(&Inbox<M>) -> bool) -> bool {
        !self.is_empty() && self.finds(is_so)
    }

    fn finds(&self, is_so: impl Fn(&Inbox<M>) -> bool) -> bool {
        lock(&self.by_topic).values().flatten().any(|stream| is_so(stream))
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
