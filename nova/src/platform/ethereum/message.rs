//! The messages of all topics as one type, for those who want no type of their own.

use super::{
    payload::{Head, Log, Syncing, Transaction},
    quantity::Hash,
};
use crate::{Raw, Text};

/// What a node tells.
///
/// ```
/// use nova::platform::ethereum::Feed;
///
/// #[nova::client(platform = "ethereum", message = Feed)]
/// struct Watcher;
/// ```
#[derive(Debug, nova::Message)]
#[non_exhaustive]
pub enum Feed {
    /// A new block, or one that a reorganisation took away.
    #[nova(channel = "newHeads")]
    Head(Box<Head>),
    /// A log of the topic `logs`.
    #[nova(channel = "logs")]
    Log(Log),
    /// A log of a topic `logs.LABEL`.
    #[nova(channel = "logs.{label}")]
    Labelled {
        /// What stands behind the `.`.
        label: Text,
        /// The log.
        log: Log,
    },
    /// A transaction that is not mined yet.
    #[nova(channel = "newPendingTransactions")]
    Pending(Hash),
    /// The same in whole.
    #[nova(channel = "newPendingTransactions.full")]
    Transaction(Box<Transaction>),
    /// Whether the node is catching up.
    #[nova(channel = "syncing")]
    Syncing(Syncing),
    /// Anything else.
    #[nova(other)]
    Other(Raw),
}
