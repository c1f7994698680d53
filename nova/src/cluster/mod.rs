//! Sharing work between nodes: who is there, and what they tell each other.
//!
//! The seam is one trait. The engine built in, [`Local`], takes the clients of one process as its nodes.

mod account;
mod local;

pub use account::Account;
pub use local::Local;

use std::{fmt::Debug, sync::Arc};

use tokio::sync::mpsc;

use crate::flow::SharedLimiter;

/// Knows the nodes of a cluster and carries their word. Give one by `cluster = ".."` or the builder's `.cluster(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no cluster engine",
    note = "name a built-in one (`cluster = \"local\"`), or implement `nova::ClusterEngine` for it"
)]
pub trait ClusterEngine: Debug + Send + Sync + 'static {
    /// Makes a client a node of the group `group` (clients of one kind). It leaves when the membership is dropped.
    ///
    /// The newcomer is told of those present, and they of it. A name that is taken in the group becomes a distinct one: see
    /// [`Membership::id`]. Must not block.
    fn join(&self, group: &str, node: NodeId) -> Membership;

    /// The limits that all clients of an account share, where the engine looks after them; without, each client has its own.
    ///
    /// Asked once a client, where its profile shares limits (`traits(shared_limits = true)`) and the builder was given none. Must not
    /// block.
    fn limits(&self, account: &Account) -> Option<SharedLimiter> {
        let _ = account;
        None
    }
}

/// A node's name; unique in its group.
pub type NodeId = Arc<str>;

/// A node's place in a cluster: what it hears, and how it speaks.
#[derive(Debug)]
pub struct Membership {
    /// The node's name in its group: the one asked for, or, where that was taken, one made of it.
    pub id: NodeId,
    /// What the node hears. Bounded: a node that does not listen misses the newest words and never holds up the others. How many it
    /// missed is told in-band, before the next word it hears ([`ClusterEvent::Missed`]).
    pub events: mpsc::Receiver<ClusterEvent>,
    /// How the node speaks; dropping it leaves the cluster.
    pub voice: Box<dyn Voice>,
}

/// How a node speaks to the others.
pub trait Voice: Debug + Send + 'static {
    /// Tells the others this node's state. Must not block.
    fn publish(&self, snapshot: StateSnapshot);
}

/// What a node hears.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClusterEvent {
    /// A node came or went.
    Node(NodeTransition),
    /// Another node told its state.
    Update(ClusterUpdate),
    /// The node did not listen, and missed words here: what it knows of the others may be out of date.
    Missed {
        /// How many.
        words: u64,
    },
}

/// A node came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeTransition {
    /// It joined.
    Joined(NodeId),
    /// It left.
    Left(NodeId),
}

/// Another node's state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterUpdate {
    /// Whose.
    pub from: NodeId,
    /// What it told; shared by all who hear it.
    pub state: Arc<StateSnapshot>,
}

impl ClusterUpdate {
    /// A node's word, as an engine hands it on.
    pub fn new(from: NodeId, state: impl Into<Arc<StateSnapshot>>) -> Self {
        Self { from, state: state.into() }
    }
}

/// What a node tells the others of itself. Never holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateSnapshot {
    /// The topics it wants.
    pub topics: Vec<String>,
    /// Anything else, as the client likes it.
    pub extra: Vec<u8>,
}

impl StateSnapshot {
    /// A node that wants these topics.
    pub fn new(topics: Vec<String>) -> Self {
        Self { topics, extra: Vec::new() }
    }
}
