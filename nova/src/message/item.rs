//! What `next()` yields: messages, and in-band what happened to them.

use std::sync::Arc;

use tokio::time::Instant;

use super::Raw;
use crate::error::Error;

/// One thing a consumer sees, in the order it happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Item<M> {
    /// A message.
    Message(M),
    /// Messages may be missing before the next one of this topic.
    Gap(Gap),
    /// Messages were left out here: the consumer was too slow, or the topic is thinned ([`Topic::at_most`](crate::Topic::at_most)).
    Dropped(Dropped),
    /// A message that could not be decoded; nothing is lost but the reading of it.
    Undecodable(Raw, Error),
}

impl<M> Item<M> {
    /// The message, if it is one.
    pub fn message(self) -> Option<M> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }
}

/// A hole in a topic's messages: told before the first message behind it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gap {
    /// The topic.
    pub topic: Arc<str>,
    /// The number of the connection that the topic continues on, from 1.
    pub epoch: u64,
    /// When the last message before the hole came, if there was one.
    pub since: Option<Instant>,
    /// Why there is a hole.
    pub cause: GapCause,
}

/// Why there is a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GapCause {
    /// The link was lost in between; what the venue sent meanwhile is gone.
    Reconnected,
    /// It was subscribed anew on the same connection: the venue had ended it, it was silent for too long, or you asked for it.
    Resubscribed,
    /// The venue's own numbering shows that something is missing.
    Sequence {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
}

/// How many messages were dropped at this place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Messages.
    pub messages: u64,
    /// Their topic, where it is known. The client's own inbox holds messages of all topics and does not remember whose each is;
    /// streams, and what waits for a busy handler, do.
    pub topic: Option<Arc<str>>,
    /// They are of several topics, because there were too many places to tell each at its own.
    pub(crate) mixed: bool,
}

impl Gap {
    pub(crate) fn new(topic: Arc<str>, epoch: u64, since: Option<Instant>, cause: GapCause) -> Self {
        Self { topic, epoch, since, cause }
    }
}

impl Dropped {
    pub(crate) fn new(topic: Option<Arc<str>>, messages: u64) -> Self {
        Self { messages, topic, mixed: false }
    }

    /// Whether both are told in one word where they are told at one place.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        (&self.topic, self.mixed) == (&other.topic, other.mixed)
    }

    /// Tells others together with these.
    pub(crate) fn add(&mut self, other: &Self) {
        self.mixed |= other.mixed || self.topic != other.topic;
        if self.mixed {
            self.topic = None;
        }
        self.messages += other.messages;
    }
}
