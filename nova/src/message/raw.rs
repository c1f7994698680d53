//! A message as it came: the default message type.

use std::fmt;

use serde::de::DeserializeOwned;

use super::{
    Envelope, Message,
    parts::{Layout, Reused},
};
use crate::{
    codec::{Codec, Json},
    error::{Error, Result, excerpt},
    frame::Frame,
};

/// A pushed message, undecoded: its channel, its frame, its payload on request.
#[derive(Clone)]
pub struct Raw(Reused);

impl Raw {
    /// A message that nobody has read yet.
    pub(crate) fn of(frame: Frame) -> Self {
        Self(Reused::of(frame))
    }

    /// The same of a text that the next one may overwrite.
    #[inline(always)]
    pub(crate) fn of_text(text: &str) -> Self {
        Self(Reused::text(text))
    }

    pub(crate) fn new(envelope: &Envelope<'_>) -> Self {
        let mut raw = Self::of(envelope.frame().clone());
        raw.lay_out(Layout::of(envelope.clone()));
        raw
    }

    /// Now it was read.
    #[inline(always)]
    pub(crate) fn lay_out(&mut self, layout: Layout) {
        if let Some(parts) = self.0.get_mut() {
            parts.layout.set(layout);
        }
    }

    /// The channel it came on, where the platform has channels.
    #[inline(always)]
    pub fn channel(&self) -> Option<&str> {
        let parts = self.0.get();
        match &parts.layout.known {
            Some(known) => Some(known),
            None => self.text()?.get(parts.layout.channel.clone()),
        }
    }

    /// The frame it came in.
    #[inline(always)]
    pub fn frame(&self) -> &Frame {
        &self.0.get().frame
    }

    /// The whole message as text, where it is that.
    #[inline(always)]
    pub fn text(&self) -> Option<&str> {
        let parts = self.0.get();
        parts.layout.made.as_ref().map(|text| text.as_str()).or_else(|| parts.frame.as_text())
    }

    /// Reads the payload as JSON.
    ///
    /// # Errors
    /// [`Error::Decode`], where it is no JSON or not of this type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.text().and_then(|text| text.get(self.0.get().layout.data..));
        let what = || self.channel().unwrap_or("a message").to_owned();
        match text {
            Some(text) => Json.decode_text(text).map_err(|reason| Error::decode(what(), reason, text.as_bytes())),
            None => Err(Error::decode(what(), "it is not text", self.frame().payload())),
        }
    }

    /// The same as an envelope, to be decoded.
    #[inline(always)]
    pub(crate) fn envelope(&self) -> Envelope<'_> {
        let parts = self.0.get();
        match (self.text(), self.channel()) {
            (Some(text), Some(channel)) => match &parts.layout.known {
                Some(known) => Envelope::known(&parts.frame, text, known.clone(), parts.layout.data),
                None => Envelope::on(&parts.frame, text, channel, parts.layout.data),
            },
            (text, _) => Envelope::whole(&parts.frame, text),
        }
    }

    /// The same with a payload of its own: what waits must keep neither a whole read buffer alive nor the room for another message.
    pub(crate) fn detached(mut self) -> Self {
        if let Some(parts) = self.0.get_mut() {
            parts.detach();
        }
        self
    }

    /// Bytes it keeps alive.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> usize {
        let parts = self.0.get();
        parts.frame.len() + parts.layout.made.as_ref().map_or(0, |text| text.len())
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
            .field("payload", &format_args!("{}", excerpt(self.frame().payload(), 256)))
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
            let again = Raw::decode(&raw.clone().detached().envelope(), &Json).unwrap();
            assert_eq!((raw.channel(), again.channel()), (channel, channel));
        }
    }
}
