//! The common case of a frame: a whole, unfragmented data message, all of it at hand.
//!
//! What a venue sends is nearly all of this kind, and then there is nothing to be kept between two reads. Whatever is not plainly this
//! kind (fragments, control frames, frames that are still arriving, headers that break a rule) is left to the protocol's own reader.

use std::ops::Range;

/// A message that lies whole in what was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) is_text: bool,
    /// Where its payload lies.
    pub(super) payload: Range<usize>,
}

/// The message at the start of these bytes, if it is one of this kind.
#[inline]
pub(super) fn whole(bytes: &[u8]) -> Option<Whole> {
    // Final, no reserved bit, text or binary.
    let (is_text, rest) = match bytes {
        [0x81, rest @ ..] => (true, rest),
        [0x82, rest @ ..] => (false, rest),
        _ => return None,
    };
    // Unmasked, and its length in the shortest form. A longer one does not lie in one read.
    let (head, length) = match *rest {
        [short @ 0..=125, ..] => (2, usize::from(short)),
        [126, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        _ => return None,
    };
    let payload = head..head + length;
    let is_shortest = head == 2 || length > 125;
    (is_shortest && payload.end <= bytes.len()).then_some(Whole { is_text, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_plain_message_is_one() {
        let long = |length: u16, there: usize| {
            let mut bytes = vec![0x81, 126];
            bytes.extend(length.to_be_bytes());
            bytes.resize(4 + there, b'x');
            bytes
        };
        let message = |is_text, payload| Some(Whole { is_text, payload });
        for (bytes, expected) in [
            (b"\x81\x02hi".to_vec(), message(true, 2..4)),
            (b"\x82\x02hi and more".to_vec(), message(false, 2..4)),
            (b"\x81\x00".to_vec(), message(true, 2..2)),
            (long(126, 126), message(true, 4..130)),
            (long(126, 125), None),
            (long(125, 125), None),
            (b"\x81".to_vec(), None),
            (b"\x81\x03hi".to_vec(), None),
            (b"\x81\x7e\x01".to_vec(), None),
            (b"\x01\x02hi".to_vec(), None),
            (b"\x80\x02hi".to_vec(), None),
            (b"\xc1\x02hi".to_vec(), None),
            (b"\x89\x02hi".to_vec(), None),
            (b"\x81\x82abcdhi".to_vec(), None),
            (b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(whole(&bytes), expected, "{:?}", &bytes[..bytes.len().min(12)]);
        }
    }
}
