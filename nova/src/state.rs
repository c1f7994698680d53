//! The states of a client, and what is told about moving between them.

use std::{
    fmt,
    mem::discriminant,
    sync::{Arc, LazyLock},
    time::Duration,
};

use tokio::time::Instant;

use crate::{error::Error, frame::Close};

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Made, not started.
    Idle,
    /// Dialling and upgrading.
    Connecting,
    /// Connected, logging in.
    Authenticating,
    /// Logged in, preparing the connection and restoring the wanted topics.
    Restoring,
    /// Everything wanted is in place, except for `missing` topics that the venue refused or never confirmed.
    Ready {
        /// Topics that are wanted and not confirmed.
        missing: usize,
    },
    /// The link is lost; waiting to dial again.
    Backoff,
    /// Too many failures; waiting for the breaker's cool-down.
    Suspended,
    /// Another node owns the connection.
    Standby,
    /// Closing: what was accepted before is still sent.
    Draining,
    /// The close handshake is under way.
    Closing,
    /// Closed on request.
    Closed,
    /// Ended by an error that cannot heal.
    Failed,
}

impl State {
    /// Its name in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Authenticating => "authenticating",
            Self::Restoring => "restoring",
            Self::Ready { .. } => "ready",
            Self::Backoff => "backoff",
            Self::Suspended => "suspended",
            Self::Standby => "standby",
            Self::Draining => "draining",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }

    /// Whether user traffic flows.
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Whether the client is over: it never leaves these states.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Failed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { missing } if *missing > 0 => write!(f, "ready ({missing} missing)"),
            state => f.write_str(state.name()),
        }
    }
}

/// Why a client moved from one state to another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The client was started.
    Started,
    /// The link is up.
    Connected,
    /// The login was acknowledged, or none is needed.
    LoggedIn,
    /// Every wanted topic is confirmed, rejected or given up.
    Restored,
    /// A failed attempt, a lost link, a refused login.
    Error(Error),
    /// The delay before the next attempt is over.
    DelayOver,
    /// The user asked: `reconnect_now`.
    Asked,
    /// The user asked: `close`, or the last handle went away.
    Close,
    /// What was accepted before the close has been sent.
    Drained,
    /// The close handshake is done; `clean` tells whether the peer answered in time.
    Finished {
        /// Whether the peer answered the close in time.
        clean: bool,
    },
}

impl Cause {
    /// Those that say nothing but themselves are kept once: each client has taken some of them.
    pub(crate) fn shared(self) -> Arc<Self> {
        static USUAL: LazyLock<[Arc<Cause>; 5]> = LazyLock::new(|| {
            [Cause::Started, Cause::Connected, Cause::LoggedIn, Cause::Restored, Cause::DelayOver].map(Arc::new)
        });
        let usual = USUAL.iter().find(|usual| discriminant(&***usual) == discriminant(&self));
        usual.cloned().unwrap_or_else(|| Arc::new(self))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("started"),
            Self::Connected => f.write_str("connected"),
            Self::LoggedIn => f.write_str("logged in"),
            Self::Restored => f.write_str("restored"),
            Self::Error(error) => error.fmt(f),
            Self::DelayOver => f.write_str("delay over"),
            Self::Asked => f.write_str("asked for"),
            Self::Close => f.write_str("closed by the user"),
            Self::Drained => f.write_str("everything accepted was sent"),
            Self::Finished { clean: true } => f.write_str("the peer closed too"),
            Self::Finished { clean: false } => f.write_str("the peer did not answer the close in time"),
        }
    }
}

/// One step of a client from a state to another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Transition {
    /// The state left.
    pub from: State,
    /// The state entered.
    pub to: State,
    /// Why.
    pub cause: Arc<Cause>,
    /// When.
    pub at: Instant,
    /// How long the client was in the state it left.
    pub after: Duration,
    /// The number of the connection, from 1; 0 before the first.
    pub epoch: u64,
    /// The number of the attempt since the last stable connection, from 1.
    pub attempt: u32,
    /// How long until the next attempt, where the new state waits for one.
    pub delay: Option<Duration>,
}

/// A link that has come up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The number of the connection, from 1.
    pub epoch: u64,
    /// What was dialled, without its query.
    pub address: String,
    /// The subprotocol the server chose.
    pub subprotocol: Option<String>,
    /// How long dialling and upgrading took.
    pub took: Duration,
}

/// A link that has gone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Disconnect {
    /// The number of the connection.
    pub epoch: u64,
    /// What ended it; [`Error::ClientClosed`] where the client let go of it, because it was closed or asked for another.
    pub error: Error,
    /// The peer's close frame, where it sent one.
    pub close: Option<Close>,
    /// How long the link was up.
    pub lasted: Duration,
}

/// How a client came to its end: the answer of `close()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closed {
    /// In order: what was accepted was sent, and the peer answered the close, or there was no link to close.
    Clean,
    /// The peer did not answer in time, or the link was lost meanwhile.
    Unclean,
}
