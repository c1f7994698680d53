//! What the last message looked like: the next one most often does too, and then nothing but one value has to be walked over.

use std::ops::Range;

use super::{Members, Route, place};

/// A message's text, but for a name and for a value behind it.
///
/// Where these are all that is different, everything else that could be asked about the message has the same answers.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    route: Route,
    /// From the value's last byte to the end.
    behind: String,
}

impl Shape {
    /// The string of a message that looks like the last one, and where its value lies.
    #[inline]
    pub(crate) fn follow<'t>(&self, text: &'t str) -> Option<(&'t str, Range<usize>)> {
        self.value(text, self.route.follow(text)?)
    }

    /// The same where it is a whole number that comes before the value.
    #[inline]
    pub(crate) fn follow_number<'t>(&self, text: &'t str) -> Option<(&'t str, Range<usize>)> {
        self.value(text, self.route.follow_number(text)?)
    }

    #[inline]
    fn value<'t>(&self, text: &str, (name, start): (&'t str, usize)) -> Option<(&'t str, Range<usize>)> {
        let end = Members::skip_value(text, start).ok()?;
        (text.get(end..)? == self.behind).then_some((name, start..end))
    }

    /// Remembers where a message had its name and its value, as they stand in the text; the name without its quotes.
    pub(crate) fn remember(&mut self, text: &str, name: &str, value: &str) {
        let Some(value) = place(text, value) else { return };
        let behind = text.get(value.end..).filter(|behind| behind.len() <= Route::LONGEST);
        if let Some(behind) = behind
            && self.route.remember(text, name, value.start)
        {
            behind.clone_into(&mut self.behind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_the_same_is_followed() {
        let mut shape = Shape::default();
        let text = r#"{"id":7,"result":{"a":1},"more":0}"#;
        assert_eq!(shape.follow_number(text), None);
        shape.remember(text, &text[6..7], &text[17..24]);
        for (text, found) in [
            (text, Some(("7", r#"{"a":1}"#))),
            (r#"{"id":12345,"result":"}","more":0}"#, Some(("12345", r#""}""#))),
            (r#"{"id":1,"result":[1,"more":0}"#, None),
            (r#"{"id":1,"result":1,"more":1}"#, None),
            (r#"{"id":1,"result":1,"more":0} "#, None),
            (r#"{"id":1,"result":1,"error":1,"more":0}"#, None),
            (r#"{"id":1.5,"result":1,"more":0}"#, None),
            (r#"{"id":"1","result":1,"more":0}"#, None),
            (r#"{"id":,"result":1,"more":0}"#, None),
            ("", None),
        ] {
            let followed = shape.follow_number(text).map(|(name, value)| (name, &text[value]));
            assert_eq!(followed, found, "{text}");
        }
        assert_eq!(shape.follow(text), None);
    }
}
