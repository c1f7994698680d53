//! A message as it came: the default message type.

use std::{fmt, ops::Range, sync::Arc};

use serde::de::DeserializeOwned;

use super::{Envelope, Message};
use crate::{
    codec::{Codec, Json},
    error::{Error, Result, excerpt},
    frame::{Frame, Text},
    scan,
};

/// A pushed message, undecoded: its channel, its frame, its payload on request.
#[derive(Clone)]
pub struct Raw {
    frame: Frame,
    /// The frame as text, where the codec had to make it, which is rare; else the frame's own text is meant.
    made: Option<Box<Text>>,
    channel: Option<Channel>,
    data: usize,
}

/// Where a channel's name is: in the text, or beside it.
#[derive(Clone)]
enum Channel {
    Found(Range<usize>),
    Known(Arc<str>),
}

/// Where the parts of a message are in its frame, without the frame: what is left of an [`Envelope`] that lent it.
pub(crate) struct Layout {
    made: Option<Box<Text>>,
    channel: Option<Channel>,
    data: usize,
}

impl Layout {
    #[inline(always)]
    pub(crate) fn of(envelope: &Envelope<'_>) -> Self {
        let own = envelope.frame().as_text();
        let text = envelope.text();
        let made = match (text, own) {
            (Some(text), Some(own)) if std::ptr::eq(text.as_ptr(), own.as_ptr()) => None,
            (Some(text), _) => Some(Box::new(Text::from(text))),
            (None, _) => None,
        };
        let found = || {
            let (text, channel) = text.zip(envelope.channel())?;
            scan::place(text, channel)
        };
        let channel = match envelope.known_channel() {
            Some(channel) => Some(Channel::Known(channel.clone())),
            None => found().map(Channel::Found),
        };
        Self { made, channel, data: envelope.data_offset() }
    }
}

impl Raw {
    #[inline]
    pub(crate) fn new(envelope: &Envelope<'_>) -> Self {
        Self::laid_out(envelope.frame().clone(), Layout::of(envelope))
    }

    /// A message that is all there is in its frame.
    #[inline]
    pub(crate) fn laid_out(frame: Frame, layout: Layout) -> Self {
        let Layout { made, channel, data } = layout;
        Self { frame, made, channel, data }
    }

    /// The channel it came on, where the platform has channels.
    #[inline]
    pub fn channel(&self) -> Option<&str> {
        match self.channel.as_ref()? {
            Channel::Found(range) => self.text()?.get(range.clone()),
            Channel::Known(channel) => Some(channel),
        }
    }

    /// The frame it came in.
    #[inline]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The whole message as text, where it is that.
    #[inline]
    pub fn text(&self) -> Option<&str> {
        self.made.as_ref().map(|text| text.as_str()).or_else(|| self.frame.as_text())
    }

    /// Reads the payload as JSON.
    ///
    /// # Errors
    /// [`Error::Decode`], where it is no JSON or not of this type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.text().and_then(|text| text.get(self.data..));
        let what = || self.channel().unwrap_or("a message").to_owned();
        match text {
            Some(text) => Json.decode_text(text).map_err(|reason| Error::decode(what(), reason, text.as_bytes())),
            None => Err(Error::decode(what(), "it is not text", self.frame.payload())),
        }
    }

    /// The same as an envelope, to be decoded.
    #[inline]
    pub(crate) fn envelope(&self) -> Envelope<'_> {
        match (self.text(), self.channel()) {
            (Some(text), Some(channel)) => match &self.channel {
                Some(Channel::Known(known)) => Envelope::known(&self.frame, text, known.clone(), self.data),
                _ => Envelope::on(&self.frame, text, channel, self.data),
            },
            (text, _) => Envelope::whole(&self.frame, text),
        }
    }

    /// The same with a payload of its own: what waits must not keep a whole read buffer alive.
    pub(crate) fn detached(&self) -> Self {
        let frame = match &self.frame {
            Frame::Text(text) => Frame::text(text.as_str()),
            Frame::Binary(bytes) => Frame::binary(bytes.to_vec()),
            other => other.clone(),
        };
        Self { frame, ..self.clone() }
    }

    /// Bytes it keeps alive.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.frame.len() + self.made.as_ref().map_or(0, |text| text.len())
    }
}

impl Message for Raw {
    fn decode<C: Codec>(envelope: &Envelope<'_>, _codec: &C) -> Result<Self> {
        Ok(Self::new(envelope))
    }

    fn from_raw<C: Codec>(raw: Raw, _codec: &C) -> Result<Self, Box<(Raw, Error)>> {
        Ok(raw)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw")
            .field("channel", &self.channel())
            .field("bytes", &self.bytes())
            .field("payload", &format_args!("{}", excerpt(self.frame.payload(), 256)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_read_again_has_the_channel_it_had() {
        let text = r#"{"topic":"a","data":1}"#;
        let frame = Frame::text(text);
        let own = frame.as_text().unwrap();
        for (envelope, channel) in [
            (Envelope::on(&frame, own, &own[10..11], 20), Some("a")),
            (Envelope::known(&frame, own, "behind a number".into(), 20), Some("behind a number")),
            (Envelope::whole(&frame, Some(own)), None),
        ] {
            let raw = Raw::new(&envelope);
            let again = Raw::decode(&raw.detached().envelope(), &Json).unwrap();
            assert_eq!((raw.channel(), again.channel()), (channel, channel));
        }
    }
}
