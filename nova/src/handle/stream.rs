//! A stream of one topic.

use std::{fmt, sync::Arc};

use super::Handle;
use crate::{
    client::Client,
    message::Item,
    shared::{Command, Inbox, Pause},
};

/// A stream of one topic's items, independent of all others and bounded like the client's inbox.
pub struct TopicStream<C: Client> {
    handle: Handle<C>,
    topic: Arc<str>,
    inbox: Arc<Inbox<C::Message>>,
}

impl<C: Client> TopicStream<C> {
    pub(super) fn open(handle: Handle<C>, topic: Arc<str>) -> Self {
        let inbox = Arc::new(Inbox::new(&handle.config(), Some(topic.clone())));
        inbox.open();
        handle.shared().streams.add(topic.clone(), inbox.clone());
        Self { handle, topic, inbox }
    }

    /// It wants nothing: its end leaves no topic.
    pub(super) fn disown(&mut self) {
        self.handle.shared().streams.remove(&self.topic, &self.inbox);
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The next item; `None` after the end of the client, and where the venue has refused the topic for good.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Item<C::Message>> {
        let item = self.inbox.next().await;
        self.handle.rouse();
        item
    }

    /// Pauses this stream alone: [`next`](Self::next) waits until [`resume`](Self::resume). What comes meanwhile waits within the bounds of
    /// `backpressure`, and is dropped as it says. The topic stays subscribed. At the end of the client the pause is over.
    pub fn pause(&self) {
        self.inbox.pause(Pause::Own, true);
    }

    /// Resumes this stream; see [`pause`](Self::pause). While the whole client is paused it stays so.
    pub fn resume(&self) {
        self.inbox.pause(Pause::Own, false);
    }
}

impl<C: Client> Drop for TopicStream<C> {
    fn drop(&mut self) {
        let shared = self.handle.shared();
        // Each stream wants the topic once; the topic is left when nobody wants it any more. One that has ended wants nothing.
        if shared.streams.remove(&self.topic, &self.inbox) {
            shared.command(Command::Unsubscribe { topic: self.topic.to_string(), done: None });
        }
    }
}

impl<C: Client> fmt::Debug for TopicStream<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicStream").field("topic", &self.topic).finish_non_exhaustive()
    }
}
