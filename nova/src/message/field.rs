//! One field of a payload, read before the payload is.

use std::borrow::Cow;

use crate::scan::unquote;

/// A field of a payload, as [`Envelope::field`](crate::Envelope::field) found it; or that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'f> {
    json: Option<&'f str>,
    text: Option<Cow<'f, str>>,
}

impl<'f> Field<'f> {
    pub(super) fn new(json: Option<&'f str>) -> Self {
        Self { json, text: json.and_then(unquote) }
    }

    /// Its text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Its number, if it is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        self.json.and_then(|json| json.parse().ok())
    }

    /// Its JSON text, if it is there at all.
    pub fn json(&self) -> Option<&'f str> {
        self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_whole_numbers_are_told_apart() {
        for (json, text, number) in [
            (Some(r#""trade""#), Some("trade"), None),
            (Some(r#""tr\u0061de""#), Some("trade"), None),
            (Some(r#""10""#), Some("10"), None),
            (Some("10"), None, Some(10)),
            (Some("-1"), None, Some(-1)),
            (Some("1.5"), None, None),
            (Some("{}"), None, None),
            (None, None, None),
        ] {
            let field = Field::new(json);
            assert_eq!((field.as_str(), field.as_i64(), field.json()), (text, number, json));
        }
    }
}
