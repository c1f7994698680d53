//! How far a topic has come, for whoever asks.

use std::sync::Arc;

use crate::{error::Error, time::Instant};

/// How far a topic has come on the present connection; one of [`Handle::topics`](crate::Handle::topics).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TopicStatus {
    /// The topic's name.
    pub topic: Arc<str>,
    /// How far it has come.
    pub state: TopicState,
    /// How many want it: so many times it has to be unsubscribed before it is left.
    pub wanted_by: usize,
    /// When its last message came.
    pub last_message: Option<Instant>,
}

/// How far a topic has come on the present connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TopicState {
    /// Asked for and not answered, or about to be asked for: also for the time without a connection.
    Pending,
    /// In effect, by the venue's word.
    Confirmed,
    /// Refused for the moment or unanswered as often as `subscriptions.retries` allows: left alone on this connection, asked for once
    /// more on the next.
    GivenUp(Error),
    /// The same on one connection after the other: asked for no more, so that it holds up no restore, until somebody subscribes it
    /// again. Still wanted.
    Quarantined(Error),
    /// Refused for good, and wanted no more. The last 1,024 of them are kept.
    Rejected(Error),
    /// Wanted no more, and not yet left by the venue's word.
    Leaving,
}
