//! Codecs: frames ⇄ values.
//!
//! Platforms read the envelope of a message (its id, its channel) as JSON text. A codec of another format says how its frames
//! become that text; JSON lends the frame itself. So a platform is written once, and speaks every format there is a codec for.

mod json;

pub use json::Json;

use std::{borrow::Cow, fmt::Debug};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::{Error, Result},
    frame::Frame,
};

/// What can be read from what a venue sends: whatever has [`Deserialize`](serde::Deserialize) and owns its parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from what a venue sends",
    note = "put `#[derive(serde::Deserialize)]` on it"
)]
pub trait Payload: DeserializeOwned {}

impl<T: DeserializeOwned> Payload for T {}

/// How values become frames, and frames values.
///
/// Two functions make a codec: one for each direction. The others follow from them, by way of JSON text; override them where a
/// format has a shorter way.
///
/// ```
/// use std::borrow::Cow;
///
/// use nova::{Codec, Error, Frame};
///
/// /// JSON objects without their braces, in binary frames.
/// #[derive(Debug, Default)]
/// struct Bare;
///
/// impl Codec for Bare {
///     const NAME: &'static str = "bare";
///
///     fn encode<T: serde::Serialize + ?Sized>(&self, value: &T) -> nova::Result<Frame> {
///         let text = serde_json::to_string(value)
///             .map_err(|error| Error::Encode { what: "a message".into(), reason: error.to_string().into() })?;
///         let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
///         let inner = inner.ok_or(Error::Encode { what: "a message".into(), reason: "it is no object".into() })?;
///         Ok(Frame::binary(inner.as_bytes().to_vec()))
///     }
///
///     fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String> {
///         let inner = frame.as_text().ok_or("it is not UTF-8")?;
///         Ok(format!("{{{inner}}}").into())
///     }
/// }
///
/// #[nova::client(platform = "jsonrpc", codec = Bare)]
/// struct Desk;
///
/// let frame = Bare.encode(&serde_json::json!({"op": "ping"}))?;
/// assert_eq!(frame.payload(), br#""op":"ping""#);
/// assert_eq!(Bare.decode::<serde_json::Value>(&frame).unwrap()["op"], "ping");
/// # Ok::<(), nova::Error>(())
/// ```
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
    /// [`Error::Encode`].
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Frame>;

    /// Puts JSON text into this format: what platforms make, and calls. The default reads it and [`encode`](Self::encode)s that.
    ///
    /// # Errors
    /// [`Error::Encode`].
    fn encode_json(&self, text: String) -> Result<Frame> {
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| Error::Encode { what: "a message".into(), reason: error.to_string().into() })?;
        self.encode(&value)
    }

    /// The frame as JSON text, where it is a message of this format: what platforms read envelopes from.
    ///
    /// # Errors
    /// A sentence on what is wrong with the frame, and no secret: it is shown with the frame's first bytes.
    fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String>;

    /// Reads a whole frame: where a platform has no envelope. The default [`open`](Self::open)s it.
    ///
    /// # Errors
    /// A sentence on what is wrong and where.
    fn decode<T: DeserializeOwned>(&self, frame: &Frame) -> Result<T, String> {
        self.decode_text(&self.open(frame)?)
    }

    /// Reads the one JSON value that the text begins with; what follows it is not looked at. The text is part of what
    /// [`open`](Self::open) made.
    ///
    /// # Errors
    /// A sentence on what is wrong and where.
    fn decode_text<T: DeserializeOwned>(&self, text: &str) -> Result<T, String> {
        T::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| error.to_string())
    }
}
