//! Taking channels apart: what `#[derive(nova::Message)]` reads patterns with.
//!
//! Two functions and a trait instead of a table of patterns, so that a pattern becomes a few comparisons that the compiler sees
//! through, and so that what the derive wrote can be read.

use std::{fmt::Display, str::FromStr};

use crate::frame::{Frame, Text};

/// One segment: up to the next separator, and what stands from there on. `None` where there is no such segment, or an empty one.
///
/// ```
/// use nova::channel::segment;
///
/// assert_eq!(segment("BTC.raw", &['.', '/']), Some(("BTC", ".raw")));
/// assert_eq!(segment("BTC", &['.', '/']), Some(("BTC", "")));
/// assert_eq!(segment(".raw", &['.', '/']), None);
/// ```
#[inline]
pub fn segment<'c>(channel: &'c str, separators: &[char]) -> Option<(&'c str, &'c str)> {
    let end = channel.find(separators).unwrap_or(channel.len());
    (end > 0).then(|| channel.split_at(end))
}

/// Everything that is left, unless that is nothing.
///
/// ```
/// use nova::channel::rest;
///
/// assert_eq!(rest("BTC.raw"), Some("BTC.raw"));
/// assert_eq!(rest(""), None);
/// ```
#[inline]
pub fn rest(channel: &str) -> Option<&str> {
    (!channel.is_empty()).then_some(channel)
}

/// What a part of a channel can be read as: [`Text`], which shares the frame, and whatever has [`FromStr`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a part of a channel",
    note = "a field that a channel fills is a `nova::Text`, a `String`, a number, or any type with `FromStr`"
)]
pub trait Capture: Sized {
    /// Reads a part of the channel that `frame` came on.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    fn capture(part: &str, frame: &Frame) -> Result<Self, String>;
}

impl Capture for Text {
    /// Copies only what does not stand in the frame as it is, such as a name with escapes.
    fn capture(part: &str, frame: &Frame) -> Result<Self, String> {
        let shared = match frame {
            Frame::Text(text) => text.share(part),
            _ => None,
        };
        Ok(shared.unwrap_or_else(|| part.into()))
    }
}

impl<T: FromStr<Err: Display>> Capture for T {
    fn capture(part: &str, _: &Frame) -> Result<Self, String> {
        part.parse().map_err(|error: T::Err| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shares_the_frame_it_stands_in() {
        let frame = Frame::text(r#"{"channel":"trades.BTC","data":1}"#);
        let text = frame.as_text().unwrap();
        let part = &text[19..22];
        let kept = Text::capture(part, &frame).unwrap();
        assert_eq!((kept.as_str(), kept.as_ptr()), ("BTC", part.as_ptr()));
        let elsewhere = String::from("BTC");
        assert_eq!(*Text::capture(&elsewhere, &frame).unwrap(), *elsewhere);
        assert_eq!(*Text::capture("", &frame).unwrap(), *"");
    }

    #[test]
    fn what_is_no_such_value_says_why() {
        let frame = Frame::text("");
        assert_eq!(u32::capture("50", &frame), Ok(50));
        assert_eq!(u32::capture("raw", &frame), Err("invalid digit found in string".to_owned()));
    }
}
