//! JSON pointers: the way to one value, and no further.

use std::borrow::Cow;

use super::{Members, Scanned};

/// The value that a JSON pointer leads to, as it stands in the text; of a member that occurs twice the first. What stands behind
/// it is never touched.
pub(crate) fn find<'t>(text: &'t str, pointer: &str) -> Scanned<Option<&'t str>> {
    let mut at = 0;
    for token in pointer.split('/').skip(1) {
        let token = if token.contains('~') {
            Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(token)
        };
        let mut walk = Members::before_value(text, at);
        walk.blank();
        let inner = match walk.peek() {
            Some(b'{') => walk.member(&token)?,
            Some(b'[') => walk.element(&token)?,
            _ => None,
        };
        let Some(inner) = inner else { return Ok(None) };
        at = inner;
    }
    Members::before_value(text, at).value().map(Some)
}

impl Members<'_> {
    /// Where the value of this member of the object at the cursor starts.
    fn member(&self, name: &str) -> Scanned<Option<usize>> {
        let mut members = Members::at(self.text, self.at)?;
        while let Some(key) = members.key()? {
            if key == name {
                return Ok(Some(members.offset()));
            }
        }
        Ok(None)
    }

    /// Where this element of the array at the cursor starts.
    fn element(mut self, number: &str) -> Scanned<Option<usize>> {
        let Some(mut ahead) = index(number) else { return Ok(None) };
        self.expect(b'[', "an array")?;
        self.blank();
        loop {
            if self.peek() == Some(b']') {
                return Ok(None);
            }
            if ahead == 0 {
                return Ok(Some(self.at));
            }
            self.skip()?;
            self.blank();
            if self.peek() != Some(b']') {
                self.expect(b',', "`,` or `]`")?;
                self.blank();
            }
            ahead -= 1;
        }
    }
}

/// Which element a pointer's token names: a number without a sign or leading zeroes (RFC 6901 §4).
pub(crate) fn index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || token.starts_with(|first: char| matches!(first, '1'..='9'));
    if is_plain { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_pointer_leads_to_the_value_that_serde_json_finds() {
        let text = r#" {"e":"trade","a/b":{"~":[1, {"x":null} ,[2,3]]},"\u0064":5,"n":[]} "#;
        let value: Value = serde_json::from_str(text).unwrap();
        for pointer in [
            "",
            "/e",
            "/a~1b",
            "/a~1b/~0",
            "/a~1b/~0/0",
            "/a~1b/~0/1/x",
            "/a~1b/~0/2/1",
            "/a~1b/~0/02/1",
            "/a~1b/~0/+2/1",
            "/d",
            "/x",
            "/e/x",
            "/n/0",
            "/a~1b/~0/x",
        ] {
            let found = find(text, pointer).unwrap().map(|found| serde_json::from_str::<Value>(found).unwrap());
            assert_eq!(found.as_ref(), value.pointer(pointer), "{pointer}");
        }
        assert_eq!(find(r#"{"e":1,"rest":[[["#, "/e"), Ok(Some("1")));
        assert!(find(r#"{"a":[1 2]}"#, "/a/1").is_err());
    }
}
