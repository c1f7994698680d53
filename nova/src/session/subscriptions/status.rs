//! How far every topic has come, for whoever asks.

use super::Subscriptions;
use crate::message::{TopicState, TopicStatus};

impl Subscriptions {
    /// Every topic, by name: the wanted ones, those that are being left, and those that were refused.
    pub(crate) fn statuses(&self) -> Vec<TopicStatus> {
        let bare = |topic, state| TopicStatus { topic, state, wanted_by: 0, last_message: None };
        let entries = self.topics.iter().map(|(name, entry)| TopicStatus {
            topic: name.clone(),
            state: entry.state(),
            wanted_by: entry.wanted_by,
            last_message: entry.last_message,
        });
        let leaving = self.leaving.keys().map(|name| bare(name.clone(), TopicState::Leaving));
        let refused = self.refused.iter().map(|(name, error)| bare(name.clone(), TopicState::Rejected(error.clone())));
        let mut statuses: Vec<_> = entries.chain(leaving).chain(refused).collect();
        statuses.sort_by(|left, right| left.topic.cmp(&right.topic));
        statuses
    }
}
