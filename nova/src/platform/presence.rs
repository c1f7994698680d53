//! Who is there: what a messaging venue says of it, and the view that comes of it.

use std::collections::BTreeMap;

/// What a venue says of who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresenceNews {
    /// Everybody who is there, each with a status; nobody else is.
    All(Vec<(String, String)>),
    /// Somebody is there now, or has another status.
    Is {
        /// Who.
        who: String,
        /// As the venue says it, such as `away`.
        status: String,
    },
    /// Somebody is there no more.
    Gone(String),
}

/// Who is there, by what the venue has said on one connection. Empty while there is none: what was known before it says nothing of now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presence {
    /// The number of the connection it was told on, from 1; 0 while nothing was.
    pub epoch: u64,
    /// Each who is there, and the status.
    pub members: BTreeMap<String, String>,
}

impl Presence {
    /// The view once this was told as well.
    pub(crate) fn with(mut self, news: PresenceNews, epoch: u64) -> Self {
        self.epoch = epoch;
        match news {
            PresenceNews::All(members) => self.members = members.into_iter().collect(),
            PresenceNews::Is { who, status } => drop(self.members.insert(who, status)),
            PresenceNews::Gone(who) => drop(self.members.remove(&who)),
        }
        self
    }
}
