//! The end of a value in brackets, found 64 bytes at a time.
//!
//! A block becomes numbers of 64 bits, one for each byte: where its quotes are, and its brackets. What lies within strings follows
//! from the quotes alone, so that only the brackets outside of them are looked at one by one.

use super::{DEPTH, sixteen::Sixteen};

/// Bytes of a block.
const BLOCK: usize = 64;
/// What is shorter is found sooner byte by byte.
const SHORT: usize = 32;

/// Behind the value whose bracket is at byte `start`.
///
/// `None` where it is not found: for a short one, for one with an escape, and for whatever is wrong, which the way byte by byte
/// tells.
pub(super) fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..).filter(|rest| rest.len() >= SHORT)?;
    let mut open = Open::default();
    let (blocks, last) = rest.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        match open.walk(block) {
            Value::Ends(at) => return Some(start + number * BLOCK + at),
            Value::GoesOn => {}
            Value::Unclear => return None,
        }
    }
    let mut block = [b' '; BLOCK];
    block[..last.len()].copy_from_slice(last);
    match open.walk(&block) {
        Value::Ends(at) => Some(start + blocks.len() * BLOCK + at),
        Value::GoesOn | Value::Unclear => None,
    }
}

/// What is known of a value behind a block.
enum Value {
    Ends(usize),
    GoesOn,
    /// It is to be read byte by byte.
    Unclear,
}

/// What is open at the end of a block: brackets, the bits of one number, and a string, of whose bytes each has its bit.
#[derive(Debug, Default)]
struct Open {
    depth: u32,
    braces: u128,
    string: u64,
}

impl Open {
    #[inline]
    fn walk(&mut self, block: &[u8; BLOCK]) -> Value {
        let Some(Marks { quotes, mut brackets }) = Marks::of(block) else { return Value::Unclear };
        let strings = running(quotes) ^ self.string;
        brackets &= !strings;
        while brackets != 0 {
            let at = brackets.trailing_zeros();
            let byte = block[at as usize];
            let brace = matches!(byte, b'{' | b'}');
            if matches!(byte, b'{' | b'[') {
                if self.depth == DEPTH {
                    return Value::Unclear;
                }
                self.braces = self.braces << 1 | u128::from(brace);
                self.depth += 1;
            } else {
                if (self.braces & 1 == 1) != brace {
                    return Value::Unclear;
                }
                self.braces >>= 1;
                self.depth -= 1;
                if self.depth == 0 {
                    return Value::Ends(at as usize + 1);
                }
            }
            brackets &= brackets - 1;
        }
        self.string = 0_u64.wrapping_sub(strings >> 63);
        Value::GoesOn
    }
}

/// What a block has, a bit for each of its bytes.
struct Marks {
    quotes: u64,
    brackets: u64,
}

impl Marks {
    /// `None` where something is escaped.
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Option<Self> {
        let (mut quotes, mut brackets, mut escapes) = (0, 0, 0);
        for (at, part) in block.as_chunks().0.iter().enumerate() {
            let bytes = Sixteen::of(part);
            // What it makes of a bracket, it makes of no other byte.
            let folded = bytes.with(0x20);
            quotes |= bytes.are(b'"').bits() << (at * 16);
            brackets |= folded.are(b'{').or(folded.are(b'}')).bits() << (at * 16);
            escapes |= bytes.are(b'\\').bits();
        }
        (escapes == 0).then_some(Self { quotes, brackets })
    }
}

/// Each bit becomes the parity of itself and those before it: set from a string's first quote up to its last, which is not.
const fn running(mut bits: u64) -> u64 {
    let mut shift = 1;
    while shift < 64 {
        bits ^= bits << shift;
        shift *= 2;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scan::Members;

    /// Whether the end that is found here is the one that is found byte by byte, or none is.
    fn agree(text: &str) {
        let mut members = Members::before_value(text, 0);
        let by_bytes = members.skip_by_bytes().map(|()| members.offset());
        match end(text.as_bytes(), 0) {
            Some(end) => assert_eq!(by_bytes, Ok(end), "{text}"),
            None => assert!(by_bytes.is_err() || text.contains('\\') || text.len() < SHORT, "{text}"),
        }
    }

    #[test]
    fn an_end_is_found_wherever_the_blocks_meet() {
        for length in 0..300 {
            let filled = "x".repeat(length);
            for text in [
                format!(r#"{{"{filled}":[1,"}}"]}} "#),
                format!(r#"[{{"a":"{{[{filled}"}},2],{filled}"#),
                format!(r#"{{"a":{filled}"}}"#),
                format!(r#"["{filled}\"]"]"#),
                format!("[{filled}}}"),
                format!("[{filled}]é"),
                format!("[[{filled}"),
            ] {
                agree(&text);
            }
        }
        for depth in [DEPTH as usize, DEPTH as usize + 1] {
            agree(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
        }
    }

    #[test]
    fn no_byte_is_taken_for_another() {
        for letter in (0..=0xff_u8).map(char::from) {
            agree(&format!("[{}{letter}1{}]", " ".repeat(20), "1".repeat(20)));
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_is_found_byte_by_byte(
            text in r#"[\[{]([\[\]{}",:0a \n+.-]|"[a-z_/{\[]{0,30}"|[0-9.,]{0,20}|é|\\"|!){0,60}"#,
        ) {
            agree(&text);
        }

        #[test]
        fn of_a_value_that_is_whole_the_end_is_found(
            text in r#"\{("[a-z_]{1,20}":([0-9.]{1,10}|"[^"\\]{0,30}"|\[(\[[0-9.]{1,8},[0-9]{1,5}\],)*1\]|\{\}),){1,30}"e":1\}"#, rest in r"[^\\]*",
        ) {
            let all = format!("{text}{rest}");
            if text.len() >= SHORT {
                prop_assert_eq!(end(all.as_bytes(), 0), Some(text.len()));
            }
        }
    }
}
