//! Reads the members of a JSON object left to right, without a tree.
//!
//! A platform needs a message's channel, not its payload. The scanner stops wherever the caller stops, so the bytes behind that are
//! never touched. It checks structure (separators of the object it walks, of a value the strings and brackets), not grammar: a value
//! it hands out still has to be parsed, and says so itself if it cannot be.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod blocks;
mod ends;
mod plain;
mod pointer;
mod route;
mod shape;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sixteen;

pub(crate) use plain::is_plain;
pub(crate) use pointer::{find, index};
pub(crate) use route::Route;
pub(crate) use shape::Shape;

use std::{borrow::Cow, fmt, ops::Range};

use ends::ends;

/// Deeper nesting is refused, as `serde_json` would.
const DEPTH: u32 = 128;

/// Where `part` stands in `text`; nothing for a text from elsewhere.
#[inline]
pub(crate) fn place(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start.checked_add(part.len()).filter(|end| *end <= text.len())?;
    Some(start..end)
}

/// What the scanner expected, and at which byte it did not find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanError {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.at)
    }
}

type Scanned<T> = Result<T, ScanError>;

/// A walk over the members of one object: [`key`](Self::key), then [`value`](Self::value) or nothing, which skips the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Members<'t> {
    text: &'t str,
    at: usize,
    next: Next,
}

/// What stands at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    First,
    Value,
    Separator,
    End,
}

impl<'t> Members<'t> {
    /// Opens the object that starts at byte `at` of `text`, or behind white space there.
    pub(crate) fn at(text: &'t str, at: usize) -> Scanned<Self> {
        let mut members = Self { text, at, next: Next::First };
        members.expect(b'{', "an object")?;
        Ok(members)
    }

    /// Goes on where an earlier walk over the same bytes stood: before a value.
    pub(crate) fn before_value(text: &'t str, at: usize) -> Self {
        Self { text, at, next: Next::Value }
    }

    /// The next member's name, or `None` behind the last one.
    pub(crate) fn key(&mut self) -> Scanned<Option<Cow<'t, str>>> {
        if self.next == Next::Value {
            self.value()?;
        }
        self.blank();
        match (self.next, self.peek()) {
            (Next::End, _) => return Ok(None),
            (Next::First | Next::Separator, Some(b'}')) => {
                self.at += 1;
                self.next = Next::End;
                return Ok(None);
            }
            (Next::Separator, _) => {
                self.expect(b',', "`,` or `}`")?;
                self.blank();
            }
            _ => {}
        }
        if self.peek() != Some(b'"') {
            return Err(self.error("a member's name"));
        }
        let key = self.name()?;
        // Most often it stands right behind.
        if self.peek() == Some(b':') {
            self.at += 1;
        } else {
            self.expect(b':', "`:`")?;
        }
        self.blank();
        self.next = Next::Value;
        Ok(Some(key))
    }

    /// The string that starts here, as a name.
    #[inline]
    fn name(&mut self) -> Scanned<Cow<'t, str>> {
        let (text, start) = (self.text, self.at);
        // Most have no escape, so that their end is the first thing that could be one.
        if let Some(name) =
            ends(&text.as_bytes()[start + 1..]).and_then(|length| text.get(start + 1..start + 1 + length))
            && text.as_bytes()[start + 1 + name.len()] == b'"'
        {
            self.at = start + name.len() + 2;
            return Ok(Cow::Borrowed(name));
        }
        self.at = string(text.as_bytes(), start)?;
        unquote(&text[start..self.at])
            .ok_or(ScanError { at: start, expected: "a member's name without broken escapes" })
    }

    /// The value of the member whose name was just read, as it stands in the text.
    pub(crate) fn value(&mut self) -> Scanned<&'t str> {
        self.blank();
        let start = self.at;
        self.skip()?;
        self.next = Next::Separator;
        Ok(&self.text[start..self.at])
    }

    /// Where the cursor stands: behind a name the value's first byte, behind the last member the first byte after the object.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Goes on behind a value that was walked otherwise and ended at byte `at`.
    pub(crate) fn resume(&mut self, at: usize) {
        (self.at, self.next) = (at, Next::Separator);
    }

    /// Where the value that starts at byte `at` of `text` ends.
    pub(crate) fn skip_value(text: &'t str, at: usize) -> Scanned<usize> {
        let mut members = Self::before_value(text, at);
        members.value()?;
        Ok(members.at)
    }

    /// Whether nothing but white space is left.
    pub(crate) fn is_last(&mut self) -> Scanned<()> {
        self.blank();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error("the end")) }
    }

    fn error(&self, expected: &'static str) -> ScanError {
        ScanError { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Scanned<()> {
        self.blank();
        if self.peek() != Some(byte) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Behind the value that starts here.
    fn skip(&mut self) -> Scanned<()> {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        if matches!(self.peek(), Some(b'{' | b'['))
            && let Some(end) = blocks::end(self.text.as_bytes(), self.at)
        {
            self.at = end;
            return Ok(());
        }
        self.skip_by_bytes()
    }

    /// The same byte by byte. Iterative: the open brackets are the bits of one number.
    fn skip_by_bytes(&mut self) -> Scanned<()> {
        let bytes = self.text.as_bytes();
        let (mut depth, mut braces) = (0_u32, 0_u128);
        loop {
            let Some(byte) = self.peek() else { return Err(self.error("the rest of a value")) };
            match class(byte) {
                Class::Quote => self.at = string(bytes, self.at)?,
                Class::Open => {
                    if depth == DEPTH {
                        return Err(self.error("at most 128 levels"));
                    }
                    braces = braces << 1 | u128::from(byte == b'{');
                    depth += 1;
                    self.at += 1;
                }
                Class::Close if depth > 0 => {
                    if (braces & 1 == 1) != (byte == b'}') {
                        return Err(self.error("the other closing bracket"));
                    }
                    braces >>= 1;
                    depth -= 1;
                    self.at += 1;
                }
                Class::Scalar if depth == 0 => self.at = behind(bytes, self.at, |class| class == Class::Scalar),
                Class::Scalar | Class::Other if depth > 0 => {
                    self.at = behind(bytes, self.at, |class| matches!(class, Class::Scalar | Class::Other));
                    continue;
                }
                _ => return Err(self.error("a value")),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Behind the string that starts at byte `at`.
#[inline]
fn string(bytes: &[u8], at: usize) -> Scanned<usize> {
    let mut at = at + 1;
    while let Some(found) = bytes.get(at..).and_then(ends) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return Ok(at);
        }
        // Whatever is escaped.
        at += 1;
    }
    Err(ScanError { at: bytes.len(), expected: "the end of a string" })
}

/// Behind the bytes from `at` on that are of these classes.
#[inline]
fn behind(bytes: &[u8], mut at: usize, classes: impl Fn(Class) -> bool) -> usize {
    while bytes.get(at).is_some_and(|byte| classes(class(*byte))) {
        at += 1;
    }
    at
}

/// What a byte outside of strings can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// White space, what separates values within brackets, and what stands in no value.
    Other,
    Quote,
    Open,
    Close,
    /// Of a number, `true`, `false` or `null`.
    Scalar,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'"' => Class::Quote,
            b'{' | b'[' => Class::Open,
            b'}' | b']' => Class::Close,
            b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Class::Scalar,
            _ => Class::Other,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

const fn class(byte: u8) -> Class {
    CLASSES[byte as usize]
}

/// A walk over the elements of one array: while [`next`](Self::next), the cursor stands before an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'t>(Members<'t>);

impl<'t> Elements<'t> {
    /// Opens the array that starts at byte `at` of `text`, or behind white space there.
    pub(crate) fn at(text: &'t str, at: usize) -> Scanned<Self> {
        let mut cursor = Members { text, at, next: Next::First };
        cursor.expect(b'[', "an array")?;
        Ok(Self(cursor))
    }

    /// Goes to the next element, past one that was not walked. False behind the last.
    pub(crate) fn next(&mut self) -> Scanned<bool> {
        let cursor = &mut self.0;
        if cursor.next == Next::Value {
            cursor.value()?;
        }
        cursor.blank();
        match (cursor.next, cursor.peek()) {
            (Next::End, _) => return Ok(false),
            (Next::First | Next::Separator, Some(b']')) => {
                cursor.at += 1;
                cursor.next = Next::End;
                return Ok(false);
            }
            (Next::Separator, _) => {
                cursor.expect(b',', "`,` or `]`")?;
                cursor.blank();
            }
            _ => {}
        }
        cursor.next = Next::Value;
        Ok(true)
    }

    /// Where the cursor stands: before an element its first byte, behind the last one the first byte after the array.
    pub(crate) fn offset(&self) -> usize {
        self.0.offset()
    }

    /// Goes on behind an element that was walked otherwise and ended at byte `at`.
    pub(crate) fn resume(&mut self, at: usize) {
        self.0.resume(at);
    }
}

/// The content of a JSON string, borrowed where it has no escapes. `None` for anything that is no string.
pub(crate) fn unquote(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if ends(inner.as_bytes()).is_some() {
        serde_json::from_str(value).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn walk(text: &str) -> Scanned<Vec<(String, &str)>> {
        let mut members = Members::at(text, 0)?;
        let mut found = Vec::new();
        while let Some(key) = members.key()? {
            found.push((key.into_owned(), members.value()?));
        }
        members.is_last()?;
        Ok(found)
    }

    #[test]
    fn what_is_behind_the_stop_is_never_touched() {
        let text = r#" {"a" : 1, "b":{"channel":"x","data":[[[ never closed"#;
        let mut members = Members::at(text, 0).unwrap();
        assert_eq!(members.key().unwrap().unwrap(), "a");
        assert_eq!(members.key().unwrap().unwrap(), "b");
        let mut inner = Members::at(text, members.offset()).unwrap();
        assert_eq!(inner.key().unwrap().unwrap(), "channel");
        assert_eq!(inner.value().unwrap(), "\"x\"");
        assert_eq!(inner.key().unwrap().unwrap(), "data");
        assert!(text[inner.offset()..].starts_with("[[["));
        assert_eq!(inner.key().unwrap_err(), ScanError { at: text.len(), expected: "the rest of a value" });
    }

    #[test]
    fn r73_broken_text_is_an_error_with_its_place() {
        let deep = format!(r#"{{"a":{}"#, "[".repeat(100_000));
        for (text, at, expected) in [
            ("", 0, "an object"),
            ("[1]", 0, "an object"),
            ("nul", 0, "an object"),
            ("{", 1, "a member's name"),
            (r#"{"a""#, 4, "`:`"),
            (r#"{"a":"#, 5, "the rest of a value"),
            (r#"{"a":}"#, 5, "a value"),
            (r#"{"a":1"#, 6, "`,` or `}`"),
            (r#"{"a":1 2}"#, 7, "`,` or `}`"),
            (r#"{"a":1,}"#, 7, "a member's name"),
            (r#"{"a":"x\""#, 9, "the end of a string"),
            (r#"{"a":"x\"#, 8, "the end of a string"),
            (r#"{"a\x":1}"#, 1, "a member's name without broken escapes"),
            (r#"{"a":1} x"#, 8, "the end"),
            (r#"{"a":[}]}"#, 6, "the other closing bracket"),
            (&deep, 5 + 128, "at most 128 levels"),
            ("\u{feff}{}", 0, "an object"),
        ] {
            assert_eq!(walk(text), Err(ScanError { at, expected }), "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn names_and_strings_with_escapes_are_read_as_what_they_mean() {
        let text = r#"{"\u0063hannel":"a\"b\\","c":"}"}"#;
        let found = walk(text).unwrap();
        assert_eq!(found[0], ("channel".to_owned(), r#""a\"b\\""#));
        assert_eq!(unquote(found[0].1).unwrap(), "a\"b\\");
        assert_eq!(unquote("5"), None);
        assert_eq!(unquote(r#""\q""#), None);
        assert_eq!(unquote("\""), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_member_is_the_one_serde_json_reads(
            members in prop::collection::vec((any::<String>(), values()), 0..6), pretty in any::<bool>(),
        ) {
            let object = Value::Object(members.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
            let mut found = Map::new();
            for (key, value) in walk(&text).unwrap() {
                found.insert(key, serde_json::from_str(value).unwrap());
            }
            prop_assert_eq!(&Value::Object(found), &serde_json::from_str::<Value>(&text).unwrap());
            for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                prop_assert!(walk(&text[..cut]).is_err());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{}",:\\a0 \u{e9}\u{feff}-]{0,40}"#) {
            let _ = walk(&text);
            let _ = walk(&format!("{{\"a\":{text}"));
            let _ = unquote(&text);
        }
    }

    #[test]
    fn what_serde_json_reads_at_the_limit_is_read_here() {
        let value = format!("{}1{}", "[".repeat(126), "]".repeat(126));
        let text = format!(r#"{{"a":{value}}}"#);
        assert!(serde_json::from_str::<Value>(&text).is_ok());
        assert_eq!(walk(&text).unwrap()[0].1, value);
    }
}
