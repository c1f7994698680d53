//! Whether a text is JSON, and where it stops being so. No values: a template is only checked.

/// What was expected, and at which byte.
pub(super) type Mistake = (usize, &'static str);

/// Checks that `text` is one JSON value.
pub(super) fn check(text: &str) -> Result<(), Mistake> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.value(0)?;
    reader.blank();
    if reader.at == reader.bytes.len() { Ok(()) } else { Err((reader.at, "the end")) }
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Result<(), Mistake> {
        self.blank();
        match self.peek() {
            _ if depth > 100 => Err((self.at, "less nesting")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => self.scalar(),
            _ => Err((self.at, "a value")),
        }
    }

    fn object(&mut self, depth: u32) -> Result<(), Mistake> {
        self.at += 1;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err((self.at, "a name in quotes"));
            }
            self.string()?;
            if !self.eat(b':') {
                return Err((self.at, "`:`"));
            }
            self.value(depth + 1)?;
            if self.eat(b'}') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err((self.at, "`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<(), Mistake> {
        self.at += 1;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if self.eat(b']') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err((self.at, "`,` or `]`"));
            }
        }
    }

    fn string(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => match self.bytes.get(self.at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                    Some(b'u')
                        if self
                            .bytes
                            .get(self.at + 2..self.at + 6)
                            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) =>
                    {
                        self.at += 6;
                    }
                    _ => return Err((self.at, "an escape of JSON")),
                },
                Some(byte) if byte >= 0x20 => self.at += 1,
                Some(_) => return Err((self.at, "no control character in a string")),
                None => return Err((start, "the end of this string")),
            }
        }
    }

    fn scalar(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E')) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        if words.contains(&word) || is_number(word) { Ok(()) } else { Err((start, "a value")) }
    }
}

fn is_number(word: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(word) else { return false };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    let plain = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
    plain
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.contains(".e")
        && !digits.ends_with('.')
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, expected) in [
            (r#"{"a":[1,-2.5e3,{"b":null}],"c":"\u00e9\"","d":{}}"#, Ok(())),
            (" [ ] ", Ok(())),
            ("\"x\"", Ok(())),
            ("", Err((0, "a value"))),
            ("ping", Err((0, "a value"))),
            (r#"{"a":1"#, Err((6, "`,` or `}`"))),
            (r#"{"a" 1}"#, Err((5, "`:`"))),
            (r#"{op:"ping"}"#, Err((1, "a name in quotes"))),
            (r#"{"a":1,}"#, Err((7, "a name in quotes"))),
            (r#"["a" "b"]"#, Err((5, "`,` or `]`"))),
            (r#"{"a":01}"#, Err((5, "a value"))),
            (r#"{"a":1.}"#, Err((5, "a value"))),
            (r#"{"a":nan}"#, Err((5, "a value"))),
            (r#"{"a":"\x"}"#, Err((6, "an escape of JSON"))),
            (r#"{"a":"x}"#, Err((5, "the end of this string"))),
            (r#"{"a":1} x"#, Err((8, "the end"))),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
        assert!(check(&"[".repeat(5000)).is_err());
    }
}
