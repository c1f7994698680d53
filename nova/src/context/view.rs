//! What a decision sees: the platform and the settings, by reference, so that it can be taken at any moment.

use std::{borrow::Cow, fmt, time::Duration};

use crate::{
    auth::TokenState,
    client::Client,
    codec::Codec,
    config::{Config, Overflow},
    error::{Error, ErrorClass, Result},
    frame::Frame,
    message::{Body, Outgoing, Raw},
    platform::Platform,
    verdict::{Admission, LimiterView, QueueView},
};

/// What a decision sees.
pub struct View<'a, C: Client> {
    /// The platform.
    pub platform: &'a C::Platform,
    /// The settings as they stand.
    pub config: &'a Config,
}

impl<'a, C: Client> View<'a, C> {
    pub(crate) fn new(platform: &'a C::Platform, config: &'a Config) -> Self {
        Self { platform, config }
    }

    /// What the platform, the profile and the strategy would decide.
    pub fn inherited(self) -> InheritedView<'a, C> {
        InheritedView { view: self }
    }
}

impl<C: Client> Clone for View<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Client> Copy for View<'_, C> {}

impl<C: Client> fmt::Debug for View<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("client", &C::NAME).finish_non_exhaustive()
    }
}

/// The inherited decisions.
#[derive(Debug)]
pub struct InheritedView<'a, C: Client> {
    view: View<'a, C>,
}

impl<'a, C: Client> InheritedView<'a, C> {
    /// Every message that decoded is valid.
    ///
    /// # Errors
    /// None.
    pub fn validate_message(&self, message: &C::Message) -> Result {
        let _ = message;
        Ok(())
    }

    /// The client's message type has one name: `message`.
    pub fn message_type(&self, message: &'a C::Message) -> &'a str {
        let _ = message;
        "message"
    }

    /// Text and bytes as they are, JSON in the codec's format.
    ///
    /// # Errors
    /// [`Error::Encode`] of the codec.
    pub fn encode_message(&self, outgoing: Outgoing, codec: &C::Codec) -> Result<Frame> {
        match outgoing.body {
            Body::Text(text) => Ok(Frame::Text(text)),
            Body::Binary(bytes) => Ok(Frame::Binary(bytes)),
            Body::Json(text) => codec.encode_json(text),
            // As it would be sent with the first number: nova numbers it before it is encoded.
            Body::Numbered { pieces } => codec.encode_json(pieces.join("1")),
            Body::Call { method, .. } => Err(Error::Encode {
                what: method,
                reason: "a call has no wire form of its own; `Platform::request` gives it one".into(),
            }),
        }
    }

    /// At the planned moment: always.
    pub fn needs_reauthentication(&self, token: &TokenState) -> bool {
        token.due
    }

    /// [`Error::class`], which goes by the platform's table where a platform has closed the connection.
    pub fn classify(&self, error: &Error) -> ErrorClass {
        error.class()
    }

    /// `heartbeat.interval`.
    pub fn interval(&self, config: &Config) -> Option<Duration> {
        config.heartbeat.interval
    }

    /// What `rate_limit.mode` says, where there is no room.
    pub fn check_rate_limit(&self, outgoing: &Outgoing, limiter: &LimiterView) -> Admission {
        let _ = outgoing;
        limiter.admission()
    }

    /// What the message says itself ([`Outgoing::cost`]), else by the platform's table.
    pub fn cost(&self, outgoing: &Outgoing) -> u32 {
        outgoing.price().unwrap_or_else(|| self.view.platform.cost(outgoing).1)
    }

    /// The channel.
    pub fn conflation_key<'m>(&self, message: &'m Raw) -> Option<Cow<'m, str>> {
        message.channel().map(Cow::Borrowed)
    }

    /// `backpressure.overflow`.
    pub fn overflow(&self, queue: &QueueView) -> Overflow {
        let _ = queue;
        self.view.config.backpressure.overflow
    }
}
