//! Finds what stands at a handful of places in a JSON text, in one pass and without a tree.
//!
//! All places are looked for at once: at each name the walk descends only where one of them leads, and steps over everything else.

use std::borrow::Cow;

use crate::scan::{self, Elements, Members, ScanError, unquote};

/// How many places one platform may name.
const PLACES: usize = 32;

/// How many bytes a name may begin with that are told apart.
const HEADS: usize = 64;

/// The places that are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'p> {
    pointers: [&'p str; PLACES],
    used: usize,
    /// For each first byte of a name, a bit for each place whose way may begin with it.
    heads: [u32; HEADS],
}

impl<'p> Places<'p> {
    pub(super) const fn none() -> Self {
        Self { pointers: [""; PLACES], used: 0, heads: [0; HEADS] }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The slot of a place; the same place has the same.
    pub(super) const fn slot(&mut self, pointer: &'p str) -> usize {
        let mut slot = 0;
        while slot < self.used && !same(self.pointers[slot], pointer) {
            slot += 1;
        }
        if slot < self.used {
            return slot;
        }
        self.pointers[slot] = pointer;
        self.used += 1;
        if let [_, first, ..] = pointer.as_bytes() {
            let mut head = 0;
            while head < HEADS {
                // An escape stands for a byte that is another.
                if *first == b'~' || *first as usize % HEADS == head {
                    self.heads[head] |= 1 << slot;
                }
                head += 1;
            }
        }
        slot
    }

    /// The places whose way may begin with this name.
    fn through(&self, name: &str) -> u32 {
        name.as_bytes().first().map_or(u32::MAX, |first| self.heads[usize::from(*first) % HEADS])
    }
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// The values found, as they stand in the text, one for each place.
pub(super) struct Found<'f>([&'f str; PLACES]);

impl<'f> Found<'f> {
    pub(super) const fn nothing() -> Self {
        Self([""; PLACES])
    }

    /// Looks for `places` in `text`, which must be one JSON value and nothing else.
    pub(super) fn read(&mut self, text: &'f str, places: &Places<'_>) -> Result<(), ScanError> {
        let mut walk = Walk { text, places, found: self };
        let all = u32::MAX.checked_shr(32 - u32::try_from(places.used).unwrap_or(32)).unwrap_or_default();
        let end = walk.value(0, all, 0)?;
        if text[end..].trim_ascii_start().is_empty() { Ok(()) } else { Err(ScanError { at: end, expected: "the end" }) }
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
    let (mut places, mut found) = (Places::none(), Found::nothing());
    let slot = places.slot(pointer);
    found.read(text, &places).ok()?;
    found.at(slot)
}

/// A string's content, or any other value as it stands.
pub(super) fn plain(value: &str) -> Cow<'_, str> {
    unquote(value).unwrap_or(Cow::Borrowed(value))
}

struct Walk<'f, 'p> {
    text: &'f str,
    places: &'p Places<'p>,
    found: &'p mut Found<'f>,
}

impl<'f> Walk<'f, '_> {
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
                    let likely = if depth == 0 { through & self.places.through(&name) } else { through };
                    let next = self.those(likely, |pointer| leads(pointer, depth, &name));
                    if next == 0 {
                        continue;
                    }
                    let depth = self.depth(next, depth);
                    if self.those(next, |pointer| pointer.len() > depth) == 0 {
                        let value = members.value()?;
                        self.put(next, value);
                    } else {
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
        let here = wanted & !through;
        if here != 0 {
            self.put(here, &text[start..end]);
        }
        Ok(end)
    }

    /// This is the value at all of `places`.
    fn put(&mut self, mut places: u32, value: &'f str) {
        while places != 0 {
            self.found.0[places.trailing_zeros() as usize] = value;
            places &= places - 1;
        }
    }

    /// Those of `wanted` for which `keep` holds.
    fn those(&self, wanted: u32, keep: impl Fn(&str) -> bool) -> u32 {
        let mut left = wanted;
        let mut kept = 0;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            if keep(self.places.pointers[place]) {
                kept |= 1 << place;
            }
        }
        kept
    }

    /// Behind the segment that all of `wanted` have at `depth`: the same text, since an escape has one spelling.
    fn depth(&self, wanted: u32, depth: usize) -> usize {
        depth + 1 + segment(self.places.pointers[wanted.trailing_zeros() as usize], depth).len()
    }
}

/// The segment that begins at `depth`, without its slash.
fn segment(pointer: &str, depth: usize) -> &str {
    let rest = pointer.get(depth + 1..).unwrap_or_default();
    rest.bytes().position(|byte| byte == b'/').map_or(rest, |end| &rest[..end])
}

fn leads(pointer: &str, depth: usize, name: &str) -> bool {
    let Some(rest) = pointer.as_bytes().get(depth + 1..) else { return false };
    // Most names are told apart by their first byte.
    if let (Some(first), Some(byte)) = (rest.first(), name.as_bytes().first())
        && first != byte
        && *first != b'~'
    {
        return false;
    }
    // Most pointers have no escape, and then no name that would need one is looked for.
    let behind = rest.strip_prefix(name.as_bytes());
    let is_plain = || name.bytes().all(|byte| !matches!(byte, b'/' | b'~'));
    if behind.is_some_and(|behind| matches!(behind.first(), None | Some(b'/'))) && is_plain() {
        return true;
    }
    let segment = segment(pointer, depth);
    segment.contains('~') && segment.replace("~1", "/").replace("~0", "~") == name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Reads all of a text.
    fn read<'f>(text: &'f str, pointers: &[&str]) -> Result<Found<'f>, ScanError> {
        let (mut places, mut found) = (Places::none(), Found::nothing());
        for (at, pointer) in pointers.iter().enumerate() {
            assert_eq!(places.slot(pointer), at);
        }
        found.read(text, &places).map(|()| found)
    }

    #[test]
    fn every_place_is_found_in_one_pass() {
        let text = r#" {"a":{"b":[1,{"c":"x"}],"":0},"d~/e":null,"f":[[2]],"topic":"t\"q","a2":5,"/g":6} "#;
        let pointers = ["/a/b/1/c", "/a", "/a/", "/d~0~1e", "/f/0/0", "/f/0", "/topic", "/a/b/2", "/no", "", "/~1g"];
        let found = read(text, &pointers).unwrap();
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
                Some("6"),
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
            assert_eq!(read(text, &["/a/0"]).err().map(|error| error.at), Some(at), "{text}");
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
            let _ = read(&text, &["/a", "/a/0", "/0/a"]);
        }
    }
}
