//! The types of settings that are a choice, a count or a rate.
//!
//! Each has one spelling, used by attributes, files and `explain` alike: `Display` prints it and `FromStr` reads it.

use std::{fmt, str::FromStr, time::Duration};

use super::value::Value;

/// A text that is no value of a setting: says which, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {expected}", text.escape_debug())]
pub struct ParseValueError {
    text: String,
    expected: String,
}

impl ParseValueError {
    pub(super) fn new(text: &str, expected: impl Into<String>) -> Self {
        Self { text: text.chars().take(64).collect(), expected: expected.into() }
    }
}

/// Writes an enum of choices with its spellings, and the ways between both.
macro_rules! choice {
    ($(#[$meta:meta])* $Name:ident { $( $(#[$doc:meta])* $Variant:ident = $text:literal, )* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Name {
            $( $(#[$doc])* #[doc = concat!("Spelt `\"", $text, "\"`.")] $Variant, )*
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $( Self::$Variant => $text, )* })
            }
        }

        impl FromStr for $Name {
            type Err = ParseValueError;

            fn from_str(text: &str) -> Result<Self, ParseValueError> {
                match text {
                    $( $text => Ok(Self::$Variant), )*
                    _ => Err(ParseValueError::new(text, super::suggest::one_of(text, &[$( $text ),*]))),
                }
            }
        }

        by_text!($Name);
    };
}

macro_rules! by_text {
    ($Name:ident) => {
        impl Value for $Name {
            fn parse(text: &str) -> Result<Self, ParseValueError> {
                text.parse()
            }

            fn text(self) -> String {
                self.to_string()
            }
        }
    };
}

choice! {
    /// How the delay between attempts grows.
    Backoff {
        /// Doubled each time.
        Exponential = "exponential",
        /// Longer by the first delay each time.
        Linear = "linear",
        /// The same each time.
        Simple = "simple",
    }
}

choice! {
    /// What a send does that is over the rate limit.
    LimitMode {
        /// Goes out anyway; the excess is told to `handle_limited`.
        Allow = "allow",
        /// Waits for room, in order.
        Queue = "queue",
        /// Fails with [`Error::RateLimited`](crate::Error::RateLimited).
        Reject = "reject",
    }
}

choice! {
    /// What goes when a buffer of inbound messages is full.
    Overflow {
        /// The oldest message.
        DropOld = "drop_old",
        /// The newest message.
        DropNew = "drop_new",
        /// Nothing: reading stops until the buffer is relieved, so that heartbeats go out and nothing comes in. The peer may cut the link.
        Block = "block",
        /// The oldest message that a later one of its channel has overtaken, or of its
        /// [`conflation_key`](crate::BackpressureHandler::conflation_key); the oldest of all where none is.
        Conflate = "conflate",
    }
}

choice! {
    /// What follows when handlers panic three times within a minute.
    OnPanics {
        /// Each costs the message it happened over, and nothing else.
        Continue = "continue",
        /// The link is dropped and dialled again.
        Reconnect = "reconnect",
        /// The client ends.
        Stop = "stop",
    }
}

choice! {
    /// How much telemetry tells.
    #[derive(PartialOrd, Ord)]
    TelemetryLevel {
        /// States, errors and what was lost.
        Minimal = "minimal",
        /// And what led to them, how long things took, and messages by their types.
        Standard = "standard",
        /// And each heartbeat, each message and each answered request.
        Detailed = "detailed",
    }
}

choice! {
    /// How a cluster places work on its nodes.
    Placement {
        /// On the node nearest to the venue.
        GeoAware = "geo_aware",
        /// Evenly, by the hash of a key: few move when a node comes or goes.
        ConsistentHash = "consistent_hash",
    }
}

/// How often a lost link is dialled again before the client gives up: a number, or `"unlimited"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attempts {
    /// For ever.
    Unlimited,
    /// So many times in a row; 0 never.
    AtMost(u32),
}

impl Attempts {
    /// Whether attempt number `attempt`, counted from 1, may be made.
    pub const fn allows(self, attempt: u32) -> bool {
        match self {
            Self::Unlimited => true,
            Self::AtMost(most) => attempt <= most,
        }
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.pad("unlimited"),
            Self::AtMost(most) => most.fmt(f),
        }
    }
}

impl FromStr for Attempts {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        text.parse().map(Self::AtMost).map_err(|_| ParseValueError::new(text, "a whole number or \"unlimited\""))
    }
}

by_text!(Attempts);

/// What a send does while the client is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendPolicy {
    /// Fails at once: a stale order is worse than none. Spelt `"fail_fast"`.
    FailFast,
    /// Waits, to its own deadline: for a connection, and for room where the peer reads too slowly. Spelt `"wait"`.
    Wait,
    /// Is kept, in order, and sent once the client is ready and there is room. Spelt `"queue"`, or with bounds of its own
    /// `"queue(64, 1MiB, 10s)"`.
    Queue {
        /// Sends kept at most.
        items: u32,
        /// Bytes kept at most.
        bytes: usize,
        /// How long one is kept.
        ttl: Duration,
    },
}

impl SendPolicy {
    /// `"queue"`: 1,024 items, 4 MiB, 30 s.
    pub const QUEUE: Self = Self::Queue { items: 1_024, bytes: 4 * 1024 * 1024, ttl: Duration::from_secs(30) };
}

impl fmt::Display for SendPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FailFast => f.pad("fail_fast"),
            Self::Wait => f.pad("wait"),
            Self::QUEUE => f.pad("queue"),
            Self::Queue { items, bytes, ttl } => write!(f, "queue({items}, {}, {})", bytes.text(), ttl.text()),
        }
    }
}

impl FromStr for SendPolicy {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        match text {
            "fail_fast" => return Ok(Self::FailFast),
            "wait" => return Ok(Self::Wait),
            "queue" => return Ok(Self::QUEUE),
            _ => {}
        }
        let bounds = text.strip_prefix("queue(").and_then(|rest| rest.strip_suffix(')'));
        let mut bounds = bounds.into_iter().flat_map(|bounds| bounds.split(',')).map(str::trim);
        match (bounds.next(), bounds.next(), bounds.next(), bounds.next()) {
            (Some(items), Some(bytes), Some(ttl), None) => {
                Ok(Self::Queue { items: Value::parse(items)?, bytes: Value::parse(bytes)?, ttl: Value::parse(ttl)? })
            }
            _ => Err(ParseValueError::new(text, super::suggest::one_of(text, &["fail_fast", "wait", "queue"]))),
        }
    }
}

by_text!(SendPolicy);

/// So much in so long: `"10/s"`, `"120/60s"`.
///
/// ```
/// use std::time::Duration;
///
/// let rate: nova::Rate = "120/60s".parse().unwrap();
/// assert_eq!(rate, nova::Rate { count: 120, per: Duration::from_secs(60) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How much.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

impl Rate {
    /// `count` in every `per`.
    pub const fn new(count: u32, per: Duration) -> Self {
        Self { count, per }
    }

    /// `count` a second.
    pub const fn per_second(count: u32) -> Self {
        Self::new(count, Duration::from_secs(1))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl FromStr for Rate {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        Value::parse(text)
    }
}
