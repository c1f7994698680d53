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
    pub(crate) frame: &'f Frame,
    pub(crate) text: Option<&'f str>,
    /// Where the frame has its name as it is.
    pub(crate) channel: Option<&'f str>,
    /// Where the platform alone knows it.
    pub(crate) known: Option<Arc<str>>,
    /// Where the payload starts in the text.
    pub(crate) data: usize,
}

impl<'f> Envelope<'f> {
    /// A message without a channel: the whole frame is its payload. `text` is the frame as JSON text, where it is that.
    #[inline]
    pub fn whole(frame: &'f Frame, text: Option<&'f str>) -> Self {
        Self { frame, text, channel: None, known: None, data: 0 }
    }

    /// A message on a channel, whose payload starts at byte `data` of `text`.
    ///
    /// An offset outside `text` leaves the payload empty.
    #[inline]
    pub fn on(frame: &'f Frame, text: &'f str, channel: &'f str, data: usize) -> Self {
        Self { frame, text: Some(text), channel: Some(channel), known: None, data }
    }

    /// The same for a channel whose name does not stand in the frame, such as the topic behind a subscription's number.
    #[inline]
    pub fn known(frame: &'f Frame, text: &'f str, channel: Arc<str>, data: usize) -> Self {
        Self { frame, text: Some(text), channel: None, known: Some(channel), data }
    }

    /// The channel, or `None` where the platform has none.
    #[inline]
    pub fn channel(&self) -> Option<&str> {
        self.known.as_deref().or(self.channel)
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

    /// Fills a field of a message from a part of the channel.
    ///
    /// # Errors
    /// [`Error::Decode`] with the field's name where the part is no such value.
    pub fn capture<T: Capture>(&self, field: &str, part: &str) -> Result<T> {
        T::capture(part)
            .map_err(|reason| self.refuse(format_args!("`{part}` of the channel is no `{field}`: {reason}")))
    }

    /// The error of a message that cannot be read for this reason.
    pub fn refuse(&self, reason: impl fmt::Display) -> Error {
        let payload = self.data_text().map_or_else(|| self.frame.payload(), str::as_bytes);
        Error::decode(self.channel().unwrap_or("a message").to_owned(), reason, payload)
    }
}
