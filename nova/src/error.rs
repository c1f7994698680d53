//! What can go wrong, as one type.
//!
//! Every variant says what happened, to what, and, where it is not obvious, what to do. Errors are cheap to clone, because the
//! error that ended a client is told to everybody who still holds a handle of it. No variant ever holds a credential.

mod class;
mod outcome;
mod words;

use std::{borrow::Cow, error::Error as StdError, fmt, io, sync::Arc, time::Duration};

use words::{hint, said};

pub use class::ErrorClass;
pub use outcome::Outcome;
pub(crate) use words::excerpt;

use crate::frame::CloseCode;

/// The result of nova's own functions and of handlers.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn StdError + Send + Sync>;

/// What went wrong.
///
/// [`is_transient`](Error::is_transient) tells whether trying again may help, [`class`](Error::class) what kind of reaction it
/// calls for.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting was refused before anything was dialled. `field` is its name as it is written in `reconnect(max_delay = ..)`:
    /// `reconnect.max_delay`; `url` and `header` stand for the builder's.
    #[error("`{field}` was refused: {reason}")]
    Config {
        /// The setting.
        field: Cow<'static, str>,
        /// Why, and what is allowed.
        reason: Cow<'static, str>,
    },
    /// The name of the host could not be resolved.
    #[error("cannot resolve `{host}`: {source}")]
    Dns {
        /// The host's name.
        host: Arc<str>,
        /// What the resolver said.
        source: Arc<io::Error>,
    },
    /// No address of the host could be reached.
    #[error("cannot reach {address}: {source}")]
    Dial {
        /// The last address tried.
        address: Arc<str>,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// This machine has run out of what a connection needs: descriptors, ports, buffers. Attempts go on, more slowly.
    #[error("this machine has run out of descriptors, ports or buffers: {source}")]
    LocalResource {
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// TLS failed: the certificate was refused, or the peer does not speak it. Never retried without a change.
    #[error("TLS with `{host}` failed: {source}")]
    Tls {
        /// The host's name.
        host: Arc<str>,
        /// What the TLS library said.
        source: Source,
    },
    /// The server answered the upgrade with a status other than 101, or a platform's question for the address with one other than 2xx.
    #[error("the server refused the connection with status {status}{}", hint(*status))]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The first bytes of the answer's body (at most 64 KiB), escaped.
        body: Arc<str>,
        /// What `Retry-After` asked for, at most five minutes.
        retry_after: Option<Duration>,
        /// Where a redirect pointed to, without query; it is not followed.
        location: Option<Arc<str>>,
        /// What to add to this machine's clock to get the server's, in milliseconds, where its `Date` says that they differ by more than
        /// two seconds.
        offset_ms: Option<i64>,
    },
    /// The server sent the client elsewhere, and this client, which follows redirects, must not go there.
    #[error("the redirect to `{to}` was not followed: {reason}")]
    Redirect {
        /// Where it leads, without query and credentials.
        to: Arc<str>,
        /// Why it was not followed.
        reason: Cow<'static, str>,
    },
    /// The answer to the upgrade broke the protocol, or was no WebSocket answer at all; or the address to dial could not be read from what
    /// a platform's question for it was answered with.
    #[error("the upgrade failed: {reason}")]
    Upgrade {
        /// Which rule was broken.
        reason: Cow<'static, str>,
    },
    /// The peer broke the WebSocket protocol; nova closed with `code`.
    #[error("the peer broke the WebSocket protocol (closed with {code}): {reason}")]
    Protocol {
        /// The code nova closed with.
        code: CloseCode,
        /// What was wrong.
        reason: Arc<str>,
    },
    /// The peer closed the connection; 1005 stands for a close frame without code.
    #[error("the peer closed the connection with {code}{}", said(*class, reason))]
    Closed {
        /// The peer's code.
        code: CloseCode,
        /// What the code calls for, by the platform's table: Discord's 4004 is a refused login, say. `None` where the platform has no word
        /// of its own for it; [`class`](Error::class) then goes by the code alone.
        class: Option<ErrorClass>,
        /// The peer's words, escaped when shown.
        reason: Arc<str>,
    },
    /// The venue asked for a fresh connection, so nova let go of this one.
    #[error("the venue asked for a fresh connection")]
    Recalled,
    /// The link broke without a close frame (what RFC 6455 calls 1006).
    #[error("the link was lost: {source}")]
    Lost {
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The peer fell silent: nothing came within the heartbeat's interval and time-out.
    #[error("the peer was silent for {silent:?} (heartbeat.interval and heartbeat.timeout)")]
    Silent {
        /// How long nothing had come.
        silent: Duration,
    },
    /// A request or send was under way when the link was lost. `outcome` tells whether the peer may have got it: look before
    /// sending it again.
    #[error("the link was lost before the answer came; the request was {outcome}")]
    Disconnected {
        /// Whether bytes of it may have left.
        outcome: Outcome,
    },
    /// The client is not ready and its policy is to fail at once (`connection.send = "fail_fast"`). Nothing was sent.
    #[error("the client is {state}, so nothing was sent; wait_ready(), or choose another `connection.send`")]
    NotReady {
        /// The state it is in.
        state: &'static str,
    },
    /// Something did not happen in time. Where it was a request, `outcome` tells whether the peer may have got it.
    #[error("{what} took longer than {after:?}{}", outcome.map_or("", Outcome::clause))]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// The deadline that passed.
        after: Duration,
        /// For requests and sends: whether bytes of it may have left.
        outcome: Option<Outcome>,
    },
    /// The venue answered with an error of its own.
    #[error("the venue refused ({class}): {code} {}", excerpt(message.as_bytes(), 256))]
    Platform {
        /// What kind of reaction it calls for, by the platform's table.
        class: ErrorClass,
        /// The venue's code.
        code: i64,
        /// The venue's words.
        message: Arc<str>,
        /// More, as JSON text, where the venue sent it.
        data: Option<Arc<str>>,
    },
    /// Logging in failed for good, or was not possible: see `reason`.
    #[error("login failed: {reason}")]
    Auth {
        /// Why, and what to do.
        reason: Cow<'static, str>,
        /// The venue's own error, where it sent one.
        source: Option<Box<Error>>,
    },
    /// The venue finds the time of a login wrong, also by its own clock. A platform that reads this from a refusal gets one more try by
    /// the venue's clock.
    #[error("the venue's clock is {offset_ms} ms off this machine's: set the clock")]
    ClockSkew {
        /// What to add to this machine's clock to get the venue's, in milliseconds.
        offset_ms: i64,
    },
    /// The secrets manager (`secrets = ..`) gave no credentials that a login can be made from, and there are no earlier ones.
    #[error("`secrets` gave no usable credentials: {source}")]
    Secrets {
        /// Why.
        source: Box<Error>,
    },
    /// The venue does not serve this topic, or not to this login.
    #[error("`{topic}` was not subscribed: {reason}")]
    Subscription {
        /// The topic.
        topic: Arc<str>,
        /// Why.
        reason: Cow<'static, str>,
    },
    /// A connection to this venue holds no more topics. Nothing was asked of the venue.
    #[error("`{topic}` was not subscribed: a connection to this venue holds at most {most} topics")]
    TopicLimit {
        /// The topic.
        topic: Arc<str>,
        /// How many topics a connection holds.
        most: u32,
    },
    /// A topic fell silent and stayed so after it was asked for again, so nova replaced the link.
    #[error("`{topic}` was silent for {silent:?}, also after it was asked for again (subscriptions.stale_after)")]
    Stale {
        /// The topic.
        topic: Arc<str>,
        /// How long nothing of it had come since it was asked for again.
        silent: Duration,
    },
    /// A payload could not be read. The connection lives on.
    #[error("cannot decode {what}: {reason} in `{excerpt}`")]
    Decode {
        /// What was being read.
        what: Cow<'static, str>,
        /// What was wrong, and where.
        reason: Arc<str>,
        /// The first bytes of the payload, escaped, at most 64.
        excerpt: Arc<str>,
    },
    /// A value could not be written as the codec's format.
    #[error("cannot encode {what}: {reason}")]
    Encode {
        /// What was being written.
        what: Cow<'static, str>,
        /// What was wrong.
        reason: Arc<str>,
    },
    /// The client's own rate limit refused it (`rate_limit.mode = "reject"`, or its queue was full). Nothing was sent.
    #[error("the rate limit refused it; there is room in {retry_after:?}")]
    RateLimited {
        /// When there is room again.
        retry_after: Duration,
    },
    /// The outbound buffer is at its bound because the peer reads too slowly. Nothing was sent.
    #[error("the outbound buffer is full ({bytes} bytes): the peer reads too slowly")]
    OutboundFull {
        /// The buffer's bound.
        bytes: usize,
    },
    /// A call was open while twice as many messages waited as `backpressure.buffer` and `.bytes` allow, under `block`: its answer cannot be
    /// read before somebody takes them, and that may be who waits for the answer. It may have been executed.
    #[error(
        "the answer cannot be read: the buffer is full under `block`, and who waits for it may be who must take from it first"
    )]
    WouldDeadlock,
    /// A queued send was dropped before it left: it expired, or newer ones took its place. Nothing was sent.
    #[error("the queued send was dropped: {reason}")]
    Evicted {
        /// Expired or evicted, and by which bound.
        reason: &'static str,
    },
    /// The platform cannot do this.
    #[error("`{platform}` does not support {what}")]
    Unsupported {
        /// The platform.
        platform: &'static str,
        /// What was asked of it.
        what: &'static str,
    },
    /// A handler returned an error of its own.
    #[error("{callback} failed: {source}")]
    Handler {
        /// The callback.
        callback: &'static str,
        /// The handler's error.
        source: Source,
    },
    /// A callback panicked. What it was called with is lost; the client lives on.
    #[error("{callback} panicked; what it was called with is lost")]
    Panicked {
        /// The callback.
        callback: &'static str,
    },
    /// The client was closed, by `close()` or because its last handle went away.
    #[error("the client is closed")]
    ClientClosed,
    /// The client ended by itself and will not come back. The reason it ended with is the source.
    #[error("the client has ended: {source}")]
    Ended {
        /// What ended it.
        source: Box<Error>,
    },
    /// nova was used outside a tokio runtime.
    #[error("no tokio runtime: call this inside one, such as `#[tokio::main]`")]
    NoRuntime,
}

impl Error {
    /// Wraps a handler's own error, so that `?` and `map_err(nova::Error::handler)` work in callbacks.
    ///
    /// ```
    /// fn parse(price: &str) -> nova::Result<f64> {
    ///     price.parse().map_err(nova::Error::handler)
    /// }
    /// assert!(parse("x").is_err());
    /// ```
    pub fn handler(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Handler { callback: "a handler", source: Arc::from(source.into()) }
    }

    /// The peer closed the connection with this code. What the platform has to say of it is not known yet: its class is the code's own.
    ///
    /// ```
    /// use nova::{CloseCode, Error, ErrorClass};
    ///
    /// let closed = Error::closed(CloseCode(1013), "too many connections");
    /// assert_eq!(closed.class(), ErrorClass::RateLimited);
    /// ```
    pub fn closed(code: CloseCode, reason: impl Into<Arc<str>>) -> Self {
        Self::Closed { code, class: None, reason: reason.into() }
    }

    pub(crate) fn config(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Config { field: field.into(), reason: reason.into() }
    }

    /// A payload that cannot be read; only its first 64 bytes are kept, escaped.
    pub(crate) fn decode(what: impl Into<Cow<'static, str>>, reason: impl fmt::Display, payload: &[u8]) -> Self {
        Self::Decode { what: what.into(), reason: reason.to_string().into(), excerpt: excerpt(payload, 64).into() }
    }
}
