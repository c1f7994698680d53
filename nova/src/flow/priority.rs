//! How urgent something to send is: the order in which sends leave when not all of them can.

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
