//! Taking channels apart: what `#[derive(nova::Message)]` reads patterns with.
//!
//! Two functions and a trait instead of a table of patterns, so that a pattern becomes a few comparisons that the compiler sees
//! through, and so that what the derive wrote can be read.

use std::{fmt::Display, str::FromStr};

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

/// What a part of a channel can be read as: whatever has [`FromStr`].
///
/// A [`Text`](crate::Text) keeps up to 23 bytes in itself, which most names have room in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a part of a channel",
    note = "a field that a channel fills is a `nova::Text`, a `String`, a number, or any type with `FromStr`"
)]
pub trait Capture: Sized {
    /// Reads a part of a channel.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    fn capture(part: &str) -> Result<Self, String>;
}

impl<T: FromStr<Err: Display>> Capture for T {
    fn capture(part: &str) -> Result<Self, String> {
        part.parse().map_err(|error: T::Err| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Text;

    #[test]
    fn what_is_no_such_value_says_why() {
        assert_eq!(u32::capture("50"), Ok(50));
        assert_eq!(u32::capture("raw"), Err("invalid digit found in string".to_owned()));
        assert_eq!(Text::capture("raw"), Ok(Text::from("raw")));
    }
}
