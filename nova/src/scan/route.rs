//! The way to a channel's name that the last message had: the next one most often has it too.

use super::{ends::ends, place};

/// The bytes before a message's channel, and those between it and the payload.
///
/// A scanner that goes left to right is in the same state behind the same bytes. So a message in which they are the same needs no
/// scan: two comparisons, and channel and payload are found.
#[derive(Debug, Default)]
pub(crate) struct Route {
    /// Up to the name's first byte; empty while there is none.
    before: String,
    /// From the name's closing quote to the payload's first byte.
    between: String,
}

impl Route {
    /// Longer ways are not worth keeping.
    pub(crate) const LONGEST: usize = 128;

    /// The channel, and where the payload starts, of a message that has them where the last one had.
    #[inline]
    pub(crate) fn follow<'t>(&self, text: &'t str) -> Option<(&'t str, usize)> {
        // A name with an escape ends in none of the bytes kept here.
        self.follow_to(text, ends)
    }

    /// The same of a message that has a whole number there.
    #[inline]
    pub(crate) fn follow_number<'t>(&self, text: &'t str) -> Option<(&'t str, usize)> {
        self.follow_to(text, |rest| rest.iter().position(|byte| !byte.is_ascii_digit()).filter(|digits| *digits > 0))
    }

    #[inline]
    fn follow_to<'t>(&self, text: &'t str, end: impl Fn(&[u8]) -> Option<usize>) -> Option<(&'t str, usize)> {
        if self.before.is_empty() {
            return None;
        }
        let rest = text.strip_prefix(&*self.before)?;
        let name = end(rest.as_bytes())?;
        let behind = rest.as_bytes().get(name..)?;
        let found = behind.starts_with(self.between.as_bytes());
        found.then(|| (&rest[..name], self.before.len() + name + self.between.len()))
    }

    /// Remembers where a message had its channel, as it stands in the text, and its payload behind it. False where that is no way to
    /// go: what was remembered before stays.
    pub(crate) fn remember(&mut self, text: &str, channel: &str, data: usize) -> bool {
        let ways = place(text, channel).and_then(|name| text.get(..name.start).zip(text.get(name.end..data)));
        let short = ways.filter(|(before, between)| before.len() + between.len() <= Self::LONGEST);
        let Some((before, between)) = short else { return false };
        before.clone_into(&mut self.before);
        between.clone_into(&mut self.between);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_that_goes_the_same_way_is_followed() {
        let mut route = Route::default();
        let text = r#"{"channel": "a.b","data":[1]}"#;
        assert_eq!(route.follow(text), None);
        assert!(route.remember(text, &text[13..16], 25));
        for (text, found) in [
            (text, Some(("a.b", 25))),
            (r#"{"channel": "","data":"#, Some(("", 22))),
            (r#"{"channel": "é","data":{}}"#, Some(("é", 24))),
            (r#"{"channel":"a.b","data":[1]}"#, None),
            (r#"{"channel": "a\"","data":"b","data":[1]}"#, None),
            (r#"{"channel": "a.b", "data":[1]}"#, None),
            (r#"{"channel": "a.b","seq":1,"data":[1]}"#, None),
            (r#"{"channel": "a.b"#, None),
            ("", None),
        ] {
            assert_eq!(route.follow(text), found, "{text}");
        }
        // A payload before its channel is no way to go, nor is a long one.
        let (other, long) = (r#"{"data":[1],"channel":"a"}"#, format!(r#"{{"{}":"a","data":1}}"#, "x".repeat(128)));
        assert!(!route.remember(other, &other[23..24], 8) && !route.remember(&long, &long[133..134], 143));
        assert_eq!(route.follow(text), Some(("a.b", 25)));
    }
}
