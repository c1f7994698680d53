//! The end of a string, found many bytes at a time.

/// Where the first quote or backslash is: a string ends there, or an escape begins.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
pub(super) fn ends(bytes: &[u8]) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks();
    for (at, block) in blocks.iter().enumerate() {
        let block = super::sixteen::Sixteen::of(block);
        let found = block.are(b'"').or(block.are(b'\\')).bits();
        if found != 0 {
            return Some(at * 16 + found.trailing_zeros() as usize);
        }
    }
    ends_by_words(rest).map(|found| blocks.len() * 16 + found)
}

/// The same where there is nothing faster.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
#[inline]
pub(super) fn ends(bytes: &[u8]) -> Option<usize> {
    ends_by_words(bytes)
}

/// The same eight bytes at a time.
#[inline]
fn ends_by_words(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeroes(word ^ all(b'"')) | zeroes(word ^ all(b'\\'));
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(words.len() * 8 + found)
}

/// A word of this byte alone.
pub(super) const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of the first byte that is zero; what stands behind it means nothing.
pub(super) const fn zeroes(word: u64) -> u64 {
    word.wrapping_sub(all(0x01)) & !word & all(0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_is_found_wherever_it_stands(text in r#"[a\x00\x01!#\[\]\x7f\u{80}\u{ff}]{0,40}["\\]?[a!"\\]{0,9}"#) {
            let bytes = text.as_bytes();
            let first = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            prop_assert_eq!((ends(bytes), ends_by_words(bytes)), (first, first));
        }
    }
}
