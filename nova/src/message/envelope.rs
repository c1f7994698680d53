//! A pushed message, borrowed: the channel it came on and where its payload starts.
//!
//! The payload is not looked at until somebody asks for it, so a message nobody decodes costs no parse.

use std::{fmt, sync::Arc};

use super::{channel::Capture, field::Field};
use crate::{
    codec::{Codec, Payload},
    error::{Error, Result},
    frame::Frame,
    scan,
};

/// A pushed message as the platform found it in its frame.
#[derive(Clone, Debug)]
pub struct Envelope<'f> {
    frame: &'f Frame,
    text: Option<&'f str>,
    channel: Option<Channel<'f>>,
    data: usize,
}

/// A channel's name: where the frame has it as it is, or as the platform knows it.
#[derive(Clone, Debug)]
enum Channel<'f> {
    Found(&'f str),
    Known(Arc<str>),
}

impl<'f> Envelope<'f> {
    /// A message without a channel: the whole frame is its payload. `text` is the frame as JSON text, where it is that.
    #[inline]
    pub fn whole(frame: &'f Frame, text: Option<&'f str>) -> Self {
        Self { frame, text, channel: None, data: 0 }
    }

    /// A message on a channel, whose payload starts at byte `data` of `text`.
    ///
    /// An offset outside `text` leaves the payload empty.
    #[inline]
    pub fn on(frame: &'f Frame, text: &'f str, channel: &'f str, data: usize) -> Self {
        Self { frame, text: Some(text), channel: Some(Channel::Found(channel)), data }
    }

    /// The same for a channel whose name does not stand in the frame, such as the topic behind a subscription's number.
    #[inline]
    pub fn known(frame: &'f Frame, text: &'f str, channel: Arc<str>, data: usize) -> Self {
        Self { frame, text: Some(text), channel: Some(Channel::Known(channel)), data }
    }

    /// The channel, or `None` where the platform has none.
    #[inline]
    pub fn channel(&self) -> Option<&str> {
        match self.channel.as_ref()? {
            Channel::Found(channel) => Some(channel),
            Channel::Known(channel) => Some(channel),
        }
    }

    /// The frame it came in.
    #[inline]
    pub fn frame(&self) -> &'f Frame {
        self.frame
    }

    /// The whole frame as text, where it is that.
    #[inline]
    pub fn text(&self) -> Option<&'f str> {
        self.text
    }

    /// The text from the payload's first byte on; what follows the payload in the frame is still behind it.
    #[inline]
    pub fn data_text(&self) -> Option<&'f str> {
        self.text.and_then(|text| text.get(self.data..))
    }

    /// Reads the payload through the client's codec.
    ///
    /// # Errors
    /// [`Error::Decode`] with the first bytes of the payload.
    pub fn data<T: Payload>(&self, codec: &impl Codec) -> Result<T> {
        let read = match self.data_text() {
            Some(text) => codec.decode_text(text),
            None => codec.decode(self.frame),
        };
        read.map_err(|reason| self.refuse(reason))
    }

    /// A field of the payload, found by its JSON pointer (`"/e"`, `"/data/0/type"`) without reading what stands behind it.
    ///
    /// # Errors
    /// [`Error::Decode`] where the payload is no text, or broken before that field.
    pub fn field(&self, pointer: &str) -> Result<Field<'f>> {
        let text = self.data_text().ok_or_else(|| self.refuse("it is not text"))?;
        scan::find(text, pointer).map(Field::new).map_err(|error| self.refuse(error))
    }

    /// Fills a field of a message from a part of the channel: a [`Text`](crate::Text) shares the frame, anything else is parsed.
    ///
    /// # Errors
    /// [`Error::Decode`] with the field's name where the part is no such value.
    pub fn capture<T: Capture>(&self, field: &str, part: &str) -> Result<T> {
        T::capture(part, self.frame)
            .map_err(|reason| self.refuse(format_args!("`{part}` of the channel is no `{field}`: {reason}")))
    }

    /// The error of a message that cannot be read for this reason.
    pub fn refuse(&self, reason: impl fmt::Display) -> Error {
        let payload = self.data_text().map_or_else(|| self.frame.payload(), str::as_bytes);
        Error::decode(self.channel().unwrap_or("a message").to_owned(), reason, payload)
    }

    /// The channel's name, if it does not stand in the frame.
    #[inline]
    pub(crate) fn known_channel(&self) -> Option<&Arc<str>> {
        match self.channel.as_ref()? {
            Channel::Known(channel) => Some(channel),
            Channel::Found(_) => None,
        }
    }

    #[inline]
    pub(crate) fn data_offset(&self) -> usize {
        self.data
    }
}
