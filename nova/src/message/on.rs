//! A payload with the channel it came on: for handlers that keep something for each channel.

use serde::de::DeserializeOwned;

use super::{Envelope, Message};
use crate::{codec::Codec, error::Result, frame::Text};

/// A payload, and the channel it came on, which is the topic's name: as it stands in a [`Gap`](crate::Gap), and as it is subscribed.
///
/// ```
/// use nova::On;
///
/// #[derive(nova::Message)]
/// enum Feed {
///     #[nova(channel = "ticker.*", nested)]
///     Ticker(On<serde_json::Value>),
/// }
///
/// fn show(Feed::Ticker(ticker): &Feed) -> String {
///     format!("{}: {}", ticker.channel, ticker.data["last_price"])
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On<T> {
    /// The channel.
    pub channel: Text,
    /// The payload.
    pub data: T,
}

impl<T: DeserializeOwned + Send + 'static> Message for On<T> {
    fn decode<C: Codec>(envelope: &Envelope<'_>, codec: &C) -> Result<Self> {
        let channel = envelope.capture("channel", envelope.channel().unwrap_or_default())?;
        Ok(Self { channel, data: envelope.data(codec)? })
    }
}
