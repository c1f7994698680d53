//! One wanted topic: how far it has come, who waits for it, whether a hole in it is still to be told.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    error::{Error, Result},
    message::Params,
    time::Instant,
};

/// How far a topic has come on the present connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// To be asked for.
    Wanted,
    /// Asked for, not answered.
    Asked,
    /// In effect.
    Confirmed,
    /// Asked for as often as allowed, never answered: left alone on this connection.
    GivenUp,
    /// To be unsubscribed and then asked for again: there is a hole in it.
    Stale,
    /// The unsubscribe of a resync is under way.
    Clearing,
}

/// One wanted topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) stage: Stage,
    pub(super) params: Params,
    pub(super) tries: u32,
    /// The request that asked for it last.
    pub(super) round: u64,
    /// How many want it: `unsubscribe` by the last of them leaves it.
    pub(super) wanted_by: usize,
    pub(super) waiters: Vec<oneshot::Sender<Result<()>>>,
    /// A hole was found before the topic was confirmed: closed once it is.
    pub(super) resync: bool,
    /// Messages may be missing before the next one: since when.
    pub(super) gap: Option<Gapped>,
    pub(super) last_message: Option<Instant>,
}

/// A hole that has not been told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gapped {
    pub(crate) since: Option<Instant>,
}

/// What became of a topic.
#[derive(Debug)]
pub(crate) enum Settled {
    Confirmed(Arc<str>),
    Rejected(Arc<str>, Error),
}
