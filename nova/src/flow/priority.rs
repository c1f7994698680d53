//! How urgent something to send is.

/// How urgent something to send is. The first is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Control.
    Control,
    /// Cancel.
    Cancel,
    /// Order.
    Order,
    /// Subscribe.
    Subscribe,
    /// Query.
    Query,
}
