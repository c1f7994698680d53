//! Finds what stands at a handful of places in a JSON text, in one pass and without a tree.
//!
//! All places are looked for at once: at each name the walk descends only where one of them leads, and steps over everything else.

use std::borrow::Cow;

use crate::scan::{self, Elements, Members, ScanError, unquote};

/// How many places one platform may name.
pub(super) const PLACES: usize = 32;

/// The values found, as they stand in the text, one for each place.
pub(super) struct Found<'f>([&'f str; PLACES]);

impl<'f> Found<'f> {
    /// Looks for `pointers` in `text`, which must be one JSON value and nothing else.
    pub(super) fn read(text: &'f str, pointers: &[&str]) -> Result<Self, ScanError> {
        let mut walk = Walk { text, pointers, found: [""; PLACES] };
        let all = u32::MAX.checked_shr(32 - u32::try_from(pointers.len()).unwrap_or(32)).unwrap_or_default();
        let end = walk.value(0, all, 0)?;
        if !text[end..].trim_ascii_start().is_empty() {
            return Err(ScanError { at: end, expected: "the end" });
        }
        Ok(Self(walk.found))
    }

    /// The value at a place; `null` counts as nothing.
    pub(super) fn at(&self, place: usize) -> Option<&'f str> {
        self.raw(place).filter(|value| *value != "null")
    }

    /// The value at a place, whatever it is.
    pub(super) fn raw(&self, place: usize) -> Option<&'f str> {
        self.0.get(place).copied().filter(|value| !value.is_empty())
    }
}

/// The value at one place, or nothing where the text has none or cannot be read.
pub(super) fn find<'f>(text: &'f str, pointer: &str) -> Option<&'f str> {
    Found::read(text, &[pointer]).ok()?.at(0)
}

/// A string's content, or any other value as it stands.
pub(super) fn plain(value: &str) -> Cow<'_, str> {
    unquote(value).unwrap_or(Cow::Borrowed(value))
}

struct Walk<'f, 'p> {
    text: &'f str,
    pointers: &'p [&'p str],
    found: [&'f str; PLACES],
}

impl Walk<'_, '_> {
    /// Reads the value at byte `at`, which `wanted` pointers lead to or through; all of them begin with the same `depth` bytes.
    /// Returns where it ends.
    fn value(&mut self, at: usize, wanted: u32, depth: usize) -> Result<usize, ScanError> {
        let text = self.text;
        let start = at + text.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let through = self.those(wanted, |pointer| pointer.len() > depth);
        let end = match text.as_bytes().get(start) {
            Some(b'{') if through != 0 => {
                let mut members = Members::at(text, start)?;
                while let Some(name) = members.key()? {
                    let next = self.those(through, |pointer| leads(pointer, depth, &name));
                    if next != 0 {
                        let depth = self.depth(next, depth);
                        let end = self.value(members.offset(), next, depth)?;
                        members.resume(end);
                    }
                }
                members.offset()
            }
            Some(b'[') if through != 0 => {
                let mut elements = Elements::at(text, start)?;
                let mut index = 0_usize;
                while elements.next()? {
                    let next = self.those(through, |pointer| scan::index(segment(pointer, depth)) == Some(index));
                    if next != 0 {
                        let depth = self.depth(next, depth);
                        let end = self.value(elements.offset(), next, depth)?;
                        elements.resume(end);
                    }
                    index += 1;
                }
                elements.offset()
            }
            _ => Members::skip_value(text, start)?,
        };
        let mut here = wanted & !through;
        while here != 0 {
            self.found[here.trailing_zeros() as usize] = &text[start..end];
            here &= here - 1;
        }
        Ok(end)
    }

    /// Those of `wanted` for which `keep` holds.
    fn those(&self, wanted: u32, keep: impl Fn(&str) -> bool) -> u32 {
        let mut left = wanted;
        let mut kept = 0;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            if keep(self.pointers[place]) {
                kept |= 1 << place;
            }
        }
        kept
    }

    /// Behind the segment that all of `wanted` have at `depth`: the same text, since an escape has one spelling.
    fn depth(&self, wanted: u32, depth: usize) -> usize {
        depth + 1 + segment(self.pointers[wanted.trailing_zeros() as usize], depth).len()
    }
}

/// The segment that begins at `depth`, without its slash.
fn segment(pointer: &str, depth: usize) -> &str {
    let rest = pointer.get(depth + 1..).unwrap_or_default();
    rest.bytes().position(|byte| byte == b'/').map_or(rest, |end| &rest[..end])
}

fn leads(pointer: &str, depth: usize, name: &str) -> bool {
    let Some(rest) = pointer.get(depth + 1..) else { return false };
    // Most names are told apart by their first byte.
    if let (Some(first), Some(byte)) = (rest.bytes().next(), name.bytes().next())
        && first != byte
        && first != b'~'
    {
        return false;
    }
    // Most pointers have no escape, and then no name that would need one is looked for.
    if rest.contains('~') {
        return segment(pointer, depth).replace("~1", "/").replace("~0", "~") == name;
    }
    let behind = rest.strip_prefix(name);
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('/')) && !name.contains('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_place_is_found_in_one_pass() {
        let text = r#" {"a":{"b":[1,{"c":"x"}],"":0},"d~/e":null,"f":[[2]],"topic":"t\"q","a2":5} "#;
        let pointers = ["/a/b/1/c", "/a", "/a/", "/d~0~1e", "/f/0/0", "/f/0", "/topic", "/a/b/2", "/no", ""];
        let found = Found::read(text, &pointers).unwrap();
        let all: Vec<_> = (0..pointers.len()).map(|place| found.at(place)).collect();
        assert_eq!(
            all,
            [
                Some(r#""x""#),
                Some(r#"{"b":[1,{"c":"x"}],"":0}"#),
                Some("0"),
                None,
                Some("2"),
                Some("[2]"),
                Some(r#""t\"q""#),
                None,
                None,
                Some(text.trim()),
            ]
        );
        assert_eq!(plain(found.at(6).unwrap()), "t\"q");
        assert_eq!(find("[[1,2],3]", "/0/1"), Some("2"));
        assert_eq!(find("5", "/a"), None);
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_counts() {
        assert_eq!(find(r#"{"a":1,"a":2}"#, "/a"), Some("2"));
    }

    #[test]
    fn r73_broken_text_is_an_error_with_its_place() {
        for (text, at) in [("", 0), (r#"{"a":"#, 5), (r#"{"a":1}x"#, 7), (r#"{"a":[1 2]}"#, 8), ("[1,]", 3), ("[", 1)] {
            assert_eq!(Found::read(text, &["/a/0"]).err().map(|error| error.at), Some(at), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_serde_json_finds(
            text in r#"(\{("a"|"b"):(1|\[2,\{"a":3\}\]|\{"b":\{"a":"x"\}\}),"c":\[\]\}|\[1,\[\{"a":0\}\]\])"#,
            pointer in "(/([abc012]|0[01])){0,4}",
        ) {
            let value: Value = serde_json::from_str(&text).unwrap();
            let expected = value.pointer(&pointer);
            let found = find(&text, &pointer).map(|found| serde_json::from_str::<Value>(found).unwrap());
            prop_assert_eq!(found.as_ref(), expected);
        }

        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{}",:\\a0 \u{e9}\u{feff}-]{0,40}"#) {
            let _ = Found::read(&text, &["/a", "/a/0", "/0/a"]);
        }
    }
}
