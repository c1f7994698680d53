//! Whether a text is itself between the quotes of a JSON string, eight bytes at a time.

use super::ends::{all, zeroes};

/// Whether nothing in a text has to be escaped.
pub(crate) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    let rest = match bytes.last_chunk() {
        // What of it was looked at before is looked at twice.
        Some(last) => is_plain_word(*last),
        None => rest.iter().all(|byte| *byte >= b' ' && !matches!(byte, b'"' | b'\\')),
    };
    rest && words.iter().all(|word| is_plain_word(*word))
}

const fn is_plain_word(word: [u8; 8]) -> bool {
    let word = u64::from_le_bytes(word);
    let controls = word.wrapping_sub(all(b' ')) & !word & all(0x80);
    controls | zeroes(word ^ all(b'"')) | zeroes(word ^ all(b'\\')) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_plain_where_serde_json_escapes_nothing(text in r#"[a\x00\x1f !#\[\]\x7f\u{80}\u{ff}]{0,20}["\\\n]{0,1}[a!]{0,20}"#) {
            let quoted = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(is_plain(&text), quoted[1..quoted.len() - 1] == text);
        }
    }
}
