//! Codecs: frames ⇄ values.
//!
//! Platforms read the envelope of a message (its id, its channel) as JSON text. A codec of another format says how its frames
//! become that text; JSON lends the frame itself.

mod json;

pub use json::Json;

use std::{borrow::Cow, fmt::Debug};

use serde::{Serialize, de::DeserializeOwned};

use crate::{error::Result, frame::Frame};

/// What can be read from what a venue sends: whatever has [`Deserialize`](serde::Deserialize) and owns its parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from what a venue sends",
    note = "put `#[derive(serde::Deserialize)]` on it"
)]
pub trait Payload: DeserializeOwned {}

impl<T: DeserializeOwned> Payload for T {}

/// How values become frames, and frames values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no codec",
    note = "name a built-in one (`codec = \"json\"`), or implement `nova::Codec` for it"
)]
pub trait Codec: Debug + Send + Sync + 'static {
    /// Its name in logs and in `codec = ".."`.
    const NAME: &'static str;

    /// Writes a value.
    ///
    /// # Errors
    /// [`Error::Encode`](crate::Error::Encode).
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Frame>;

    /// Puts JSON text into this format.
    ///
    /// # Errors
    /// [`Error::Encode`](crate::Error::Encode).
    fn encode_json(&self, text: String) -> Result<Frame>;

    /// The frame as JSON text, where it is a message of this format: what platforms read envelopes from.
    ///
    /// # Errors
    /// A sentence on what is wrong with the frame.
    fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String>;

    /// Reads a whole frame.
    ///
    /// # Errors
    /// A sentence on what is wrong and where.
    fn decode<T: DeserializeOwned>(&self, frame: &Frame) -> Result<T, String>;

    /// Reads the one value that the text begins with; what follows it is not looked at.
    ///
    /// # Errors
    /// A sentence on what is wrong and where.
    fn decode_text<T: DeserializeOwned>(&self, text: &str) -> Result<T, String>;
}
