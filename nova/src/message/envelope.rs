//! A pushed message, borrowed: the channel it came on and where its payload starts.
//!
//! The payload is not looked at until somebody asks for it, so a message nobody decodes costs no parse.

use serde::de::DeserializeOwned;

use crate::{
    codec::Codec,
    error::{Error, Result},
    frame::Frame,
};

/// A pushed message as the platform found it in its frame.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'f> {
    frame: &'f Frame,
    text: Option<&'f str>,
    channel: Option<&'f str>,
    data: usize,
}

impl<'f> Envelope<'f> {
    /// A message without a channel: the whole frame is its payload. `text` is the frame as JSON text, where it is that.
    pub fn whole(frame: &'f Frame, text: Option<&'f str>) -> Self {
        Self { frame, text, channel: None, data: 0 }
    }

    /// A message on a channel, whose payload starts at byte `data` of `text`.
    ///
    /// An offset outside `text` leaves the payload empty.
    pub fn on(frame: &'f Frame, text: &'f str, channel: &'f str, data: usize) -> Self {
        Self { frame, text: Some(text), channel: Some(channel), data }
    }

    /// The channel, or `None` where the platform has none.
    pub fn channel(&self) -> Option<&'f str> {
        self.channel
    }

    /// The frame it came in.
    pub fn frame(&self) -> &'f Frame {
        self.frame
    }

    /// The whole frame as text, where it is that.
    pub fn text(&self) -> Option<&'f str> {
        self.text
    }

    /// The text from the payload's first byte on; what follows the payload in the frame is still behind it.
    pub fn data_text(&self) -> Option<&'f str> {
        self.text.and_then(|text| text.get(self.data..))
    }

    /// Reads the payload through the client's codec.
    ///
    /// # Errors
    /// [`Error::Decode`] with the first bytes of the payload.
    pub fn data<T: DeserializeOwned>(&self, codec: &impl Codec) -> Result<T> {
        let payload = self.data_text().map_or_else(|| self.frame.payload(), str::as_bytes);
        let read = match self.data_text() {
            Some(text) => codec.decode_text(text),
            None => codec.decode(self.frame),
        };
        read.map_err(|reason| Error::decode(self.channel.unwrap_or("a message").to_owned(), reason, payload))
    }

    pub(crate) fn data_offset(&self) -> usize {
        self.data
    }
}
