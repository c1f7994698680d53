//! The payload of a chunked body (RFC 9112 §7.1), taken apart while it comes.
//!
//! Each byte is looked at once: a body that comes byte by byte must not cost its length squared.

/// The longest line with a chunk's size, extensions included.
const MAX_LINE: usize = 256;

/// How far a body has been taken apart.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    payload: Vec<u8>,
    taken: usize,
    next: Next,
}

/// What stands where it was left off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Next {
    #[default]
    Size,
    Data(usize),
    LineBreak,
    End,
}

impl Chunks {
    /// Goes on in a body that has grown. Whether that was its end: what is malformed ends it, too.
    pub(super) fn advance(&mut self, body: &[u8]) -> bool {
        loop {
            let rest = &body[self.taken..];
            let (taken, next) = match self.next {
                Next::End => return true,
                _ if rest.is_empty() => return false,
                Next::Size => match httparse::parse_chunk_size(rest) {
                    Ok(httparse::Status::Complete((_, 0))) | Err(_) => (0, Next::End),
                    Ok(httparse::Status::Complete((line, size))) if line <= MAX_LINE => {
                        (line, Next::Data(usize::try_from(size).unwrap_or(usize::MAX)))
                    }
                    Ok(httparse::Status::Partial) if rest.len() < MAX_LINE => return false,
                    Ok(_) => (0, Next::End),
                },
                Next::Data(left) => {
                    let here = left.min(rest.len());
                    self.payload.extend_from_slice(&rest[..here]);
                    (here, if here == left { Next::LineBreak } else { Next::Data(left - here) })
                }
                Next::LineBreak if rest.len() < 2 => return false,
                Next::LineBreak => (2, if rest.starts_with(b"\r\n") { Next::Size } else { Next::End }),
            };
            self.taken += taken;
            self.next = next;
        }
    }

    pub(super) fn into_payload(self) -> Vec<u8> {
        self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(body: &str, piece: usize) -> (String, bool) {
        let mut chunks = Chunks::default();
        let mut ended = false;
        for end in (1..body.len()).step_by(piece).chain([body.len()]) {
            ended = chunks.advance(&body.as_bytes()[..end]);
        }
        (String::from_utf8(chunks.into_payload()).expect("text"), ended)
    }

    #[test]
    fn a_body_is_the_same_in_pieces_of_any_size() {
        let long = format!("2;{}\r\nab\r\n", "x".repeat(MAX_LINE));
        for (body, payload, ends) in [
            ("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "hello world", true),
            ("5\r\nhello\r\n", "hello", false),
            ("5\r\nhel", "hel", false),
            ("5\r\nhelloXY0\r\n", "hello", true),
            ("5\r\nhello\r\nwords", "hello", true),
            ("fffffffffffffff0\r\nhello", "hello", false),
            (&long, "", true),
            ("", "", false),
        ] {
            for piece in [1, 2, 3, 7, 1_000] {
                assert_eq!(taken_apart(body, piece), (payload.to_owned(), ends), "{body:?} in pieces of {piece}");
            }
        }
    }
}
