//! What an error calls for.
//!
//! Strategies, profiles and handlers decide by a handful of classes, so that an error nobody foresaw still has a reaction.

use std::fmt;

use super::Error;

/// What kind of reaction an error calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// May pass: the link is dialled again by the profile's numbers.
    Transient,
    /// The login: fresh credentials once, then the end.
    Authentication,
    /// Too many requests: waited out, then tried again.
    RateLimited,
    /// The venue said no to this request: given to the caller, nothing else happens.
    Platform,
    /// Cannot heal by itself: the client ends.
    Critical,
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transient => "transient",
            Self::Authentication => "authentication",
            Self::RateLimited => "rate limited",
            Self::Platform => "platform",
            Self::Critical => "critical",
        })
    }
}

impl Error {
    /// What kind of reaction this calls for, before a handler or a strategy has its say.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Dns { .. }
            | Self::Dial { .. }
            | Self::LocalResource { .. }
            | Self::Lost { .. }
            | Self::Recalled
            | Self::Silent { .. }
            | Self::Stale { .. }
            | Self::Disconnected { .. }
            | Self::NotReady { .. }
            | Self::Timeout { .. }
            | Self::Protocol { .. }
            | Self::Upgrade { .. }
            | Self::OutboundFull { .. }
            | Self::WouldDeadlock => ErrorClass::Transient,
            Self::Rejected { status, .. } => match status {
                401 => ErrorClass::Authentication,
                // From 520 on: what Cloudflare says while it cannot reach the venue behind it.
                408 | 425 | 500 | 502 | 504 | 520..=527 | 530 => ErrorClass::Transient,
                429 | 503 => ErrorClass::RateLimited,
                _ => ErrorClass::Critical,
            },
            Self::Platform { class, .. } | Self::Closed { class: Some(class), .. } => *class,
            Self::Closed { code, class: None, .. } => match code.0 {
                1008 | 3000 => ErrorClass::Authentication,
                1009 | 3003 => ErrorClass::Critical,
                1013 => ErrorClass::RateLimited,
                _ => ErrorClass::Transient,
            },
            Self::Auth { source, .. } => {
                source.as_ref().map_or(ErrorClass::Authentication, |source| match source.class() {
                    ErrorClass::Platform => ErrorClass::Authentication,
                    class => class,
                })
            }
            // What a manager's own error means is not known: it is asked again at the next attempt.
            Self::Secrets { source } => match source.class() {
                ErrorClass::Platform => ErrorClass::Transient,
                class => class,
            },
            Self::RateLimited { .. } => ErrorClass::RateLimited,
            Self::Subscription { .. }
            | Self::TopicLimit { .. }
            | Self::Decode { .. }
            | Self::Encode { .. }
            | Self::Evicted { .. }
            | Self::Unsupported { .. }
            | Self::Handler { .. }
            | Self::Panicked { .. } => ErrorClass::Platform,
            Self::Config { .. }
            | Self::Tls { .. }
            | Self::Redirect { .. }
            | Self::ClockSkew { .. }
            | Self::ClientClosed
            | Self::NoRuntime => ErrorClass::Critical,
            Self::Ended { source } => source.class(),
        }
    }

    /// Whether trying again, after a while and unchanged, may help.
    ///
    /// Of a request this says nothing about whether it was executed: see [`Outcome`](super::Outcome).
    pub fn is_transient(&self) -> bool {
        matches!(self.class(), ErrorClass::Transient | ErrorClass::RateLimited)
    }
}
