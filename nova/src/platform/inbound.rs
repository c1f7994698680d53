//! What a frame means: the words a platform answers the engine with.

use std::{sync::Arc, time::Duration};

use super::PresenceNews;
use crate::{
    auth::AuthResponse,
    error::{Error, Result},
    frame::Frame,
    message::{Envelope, Outgoing},
    sequence::Continuity,
};

/// A data frame as it came, and as JSON text where the codec can read it so.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Incoming<'f> {
    /// The frame.
    pub frame: &'f Frame,
    /// The frame as JSON text. `None` for a message that is not in the codec's format.
    pub text: Option<&'f str>,
    reason: &'f str,
}

impl<'f> Incoming<'f> {
    /// A frame, and its text.
    #[inline]
    pub fn new(frame: &'f Frame, text: Option<&'f str>) -> Self {
        Self { frame, text, reason: "it is not text" }
    }

    /// A frame, and what the codec's [`open`](crate::Codec::open) said of it.
    #[inline]
    pub fn opened(frame: &'f Frame, opened: Result<&'f str, &'f str>) -> Self {
        match opened {
            Ok(text) => Self::new(frame, Some(text)),
            Err(reason) => Self { frame, text: None, reason },
        }
    }

    /// The frame as JSON text, for a platform to which nothing else is a message.
    ///
    /// # Errors
    /// [`Error::Decode`] with the codec's reason.
    #[inline(always)]
    pub fn json(&self) -> Result<&'f str> {
        match self.text {
            Some(text) => Ok(text),
            None => Err(self.no_text()),
        }
    }

    #[cold]
    fn no_text(&self) -> Error {
        Error::decode("a message", self.reason, harmless(self.frame.payload()))
    }
}

/// What may be shown of a message that cannot be understood: it ends before anything that a login's answer keeps secret.
pub(super) fn harmless(payload: &[u8]) -> &[u8] {
    let secret = payload.windows(6).position(|word| word == b"_token");
    secret.map_or(payload, |at| &payload[..at])
}

/// What a frame means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Inbound<'f> {
    /// A pushed message.
    Message {
        /// Its channel and payload.
        envelope: Envelope<'f>,
        /// Whether it follows the one before it on its channel.
        continuity: Continuity,
    },
    /// The answer to a call.
    Reply {
        /// The call's number.
        id: u64,
        /// The result as JSON text, or the venue's error.
        result: Result<&'f str, Error>,
    },
    /// Topics confirmed or refused by a frame that is not the answer to a call.
    Subscription(SubscriptionResponse),
    /// Topics whose end is confirmed by a frame that is not the answer to a call.
    Left(Vec<String>),
    /// The venue's word on a login that was not a call.
    Auth(AuthResponse),
    /// The same, by a message that the client gets too.
    Admitted {
        /// The venue's word on the login.
        response: AuthResponse,
        /// The message.
        envelope: Envelope<'f>,
        /// Whether what the venue sent since the connection before is gone: the client is told of a gap first.
        gap: bool,
    },
    /// The venue's first words, where it [speaks first](super::Spec::speaks_first).
    Hello {
        /// How often it wants a heartbeat, from a moment of the first such time that chance decides. It answers each
        /// ([`Beat`](Self::Beat)), and a link on which it does not is dead.
        heartbeat: Option<Duration>,
    },
    /// The answer to a heartbeat.
    Beat,
    /// The venue asks for something that has to be sent at once, whatever the handlers do.
    Reflex(Outgoing),
    /// The venue wants to know that a message has come: said at once, whatever the handlers do.
    Acknowledge {
        /// What says so.
        ack: Outgoing,
        /// The message; `None` where it was delivered before.
        envelope: Option<Envelope<'f>>,
    },
    /// A message that the venue wants answered by the client, on this connection: with what is [`Outgoing::answering`] this key. One
    /// that is not answered in time is told to `handle_error`.
    Asked {
        /// What the venue calls it.
        key: Arc<str>,
        /// How long it waits.
        within: Duration,
        /// The message.
        envelope: Envelope<'f>,
    },
    /// Who is there: kept for [`Handle::presence`](crate::Handle::presence).
    Presence(PresenceNews),
    /// A sign of life, and nothing else.
    Alive,
    /// The venue asks nova to connect anew. It asks many at once, so they come back spread over a second at least.
    Reconnect,
    /// The venue ends this connection by plan, and says so ahead: another is dialled at once, when what the client owes on this one is
    /// answered. It counts as no failure; [`Error::Recalled`] marks it.
    Renew,
    /// The connection is of no more use, for this reason: it is dialled anew.
    Broken(Error),
    /// An error that belongs to no call.
    Error(Error),
    /// Understood, and nothing to do.
    Ignored,
}

impl<'f> Inbound<'f> {
    /// A pushed message that follows the one before it.
    pub fn message(envelope: Envelope<'f>) -> Self {
        Self::Message { envelope, continuity: Continuity::Follows }
    }
}

/// What a venue says of its limits, beside whatever else a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitNews {
    /// So much is left.
    Remaining {
        /// The place of the pool in [`Spec::pools`](super::Spec::pools); `None` for the client's own `rate_limit`.
        pool: Option<usize>,
        /// What is left of it.
        remaining: u32,
        /// How long until all of it is back, where the venue counts in fixed windows.
        resets: Option<Duration>,
    },
    /// Nothing more is admitted for so long.
    Pause(Duration),
}

/// A call that a platform makes for itself: what came while a link was down, a snapshot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inquiry {
    /// The platform's own number for it, which its answer comes back with.
    pub tag: u64,
    /// The call.
    pub call: Outgoing,
}

impl Inquiry {
    /// A call, and the number that its answer is to come back with.
    pub fn new(tag: u64, call: Outgoing) -> Self {
        Self { tag, call }
    }
}

/// The venue's answer to subscribing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SubscriptionResponse {
    /// Topics now in effect, as the venue lists them. The answer to an unsubscribe is none of this: the topic may have been asked
    /// for anew meanwhile.
    pub confirmed: Vec<String>,
    /// Topics the venue refused, each with its reason.
    pub rejected: Vec<(String, Error)>,
    /// Topics of a request that was refused as a whole, without a word that could be relied on as to which of them is at fault: each is
    /// asked for again at once, in a request of its own.
    pub apart: Vec<String>,
}

impl SubscriptionResponse {
    /// What the venue listed as being in effect; what was asked for and is not in it is refused with `why`.
    pub fn listed(asked: &[&str], listed: Vec<String>, why: &'static str) -> Self {
        let listed_set: std::collections::HashSet<&str> = listed.iter().map(String::as_str).collect();
        let rejected = asked
            .iter()
            .filter(|topic| !listed_set.contains(**topic))
            .map(|topic| ((*topic).to_owned(), Error::Subscription { topic: (*topic).into(), reason: why.into() }))
            .collect();
        Self { confirmed: listed, rejected, ..Self::default() }
    }

    /// Topics that are refused, each with its reason.
    pub fn refused(rejected: Vec<(String, Error)>) -> Self {
        Self { rejected, ..Self::default() }
    }

    /// All that was asked for: confirmed by a success, refused by an error.
    pub fn all(asked: &[&str], reply: Result<&str, Error>) -> Self {
        let topics = asked.iter().map(|topic| (*topic).to_owned());
        match reply {
            Ok(_) => Self { confirmed: topics.collect(), ..Self::default() },
            Err(error) => Self::refused(topics.map(|topic| (topic, error.clone())).collect()),
        }
    }
}
