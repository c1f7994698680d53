//! CBOR (RFC 8949), as much of it as JSON can say: numbers, text, arrays, maps, `true`, `false` and `null`.
//!
//! What a peer announces is believed only as far as its bytes are there: no length reserves memory, and nesting has an end.

use serde_json::{Map, Number, Value};

/// As deep as `serde_json` goes.
const DEEPEST: usize = 128;

/// The first three bits of an item's first byte.
mod kind {
    pub(super) const UNSIGNED: u8 = 0;
    pub(super) const NEGATIVE: u8 = 1;
    pub(super) const TEXT: u8 = 3;
    pub(super) const ARRAY: u8 = 4;
    pub(super) const MAP: u8 = 5;
    pub(super) const SIMPLE: u8 = 7;
}

pub(crate) fn write(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::Null => into.push(0xf6),
        Value::Bool(flag) => into.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => head(kind::UNSIGNED, number, into),
            // -1 is 0, -2 is 1, and so on: the bits turned round.
            (None, Some(number)) => head(kind::NEGATIVE, !number.cast_unsigned(), into),
            (None, None) => {
                into.push(0xfb);
                into.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(text) => {
            head(kind::TEXT, text.len() as u64, into);
            into.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(kind::ARRAY, items.len() as u64, into);
            for item in items {
                write(item, into);
            }
        }
        Value::Object(members) => {
            head(kind::MAP, members.len() as u64, into);
            for (key, value) in members {
                head(kind::TEXT, key.len() as u64, into);
                into.extend(key.as_bytes());
                write(value, into);
            }
        }
    }
}

/// What an item is, and its number, in as few bytes as that needs.
fn head(kind: u8, number: u64, into: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let (short, rest) = match number {
        0..24 => (bytes[7], 8),
        24..0x100 => (24, 7),
        0x100..0x1_0000 => (25, 6),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 0),
    };
    into.push(kind << 5 | short);
    into.extend(&bytes[rest..]);
}

/// Reads a frame that holds one item and nothing else.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { all: bytes, rest: bytes };
    let value = reader.item(0)?;
    if reader.rest.is_empty() { Ok(value) } else { reader.wrong("something follows the message") }
}

struct Reader<'b> {
    all: &'b [u8],
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn item(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return self.wrong("it is nested too deeply");
        }
        let first = self.take(1)?[0];
        let (kind, short) = (first >> 5, first & 0x1f);
        if kind == kind::SIMPLE {
            return self.simple(short);
        }
        let number = self.number(short)?;
        Ok(match kind {
            kind::UNSIGNED => number.into(),
            kind::NEGATIVE => match i64::try_from(number) {
                Ok(number) => (!number).into(),
                Err(_) => return self.wrong("a number is too small"),
            },
            kind::TEXT => self.text(number)?.into(),
            kind::ARRAY => {
                let items = (0..number).map(|_| self.item(depth + 1));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            kind::MAP => {
                let mut members = Map::new();
                for _ in 0..number {
                    let Value::String(key) = self.item(depth + 1)? else { return self.wrong("a key is no text") };
                    members.insert(key, self.item(depth + 1)?);
                }
                Value::Object(members)
            }
            _ => return self.wrong("bytes and tags have no place in JSON"),
        })
    }

    fn simple(&mut self, short: u8) -> Result<Value, String> {
        let number = match short {
            20 => return Ok(Value::Bool(false)),
            21 => return Ok(Value::Bool(true)),
            22 => return Ok(Value::Null),
            26 => f32::from_be_bytes(self.array()?).into(),
            27 => f64::from_be_bytes(self.array()?),
            _ => return self.wrong("a simple value is none of JSON's"),
        };
        Number::from_f64(number).map_or_else(|| self.wrong("a number is not finite"), |number| Ok(number.into()))
    }

    /// The number in an item's head.
    fn number(&mut self, short: u8) -> Result<u64, String> {
        Ok(match short {
            0..24 => short.into(),
            24 => u8::from_be_bytes(self.array()?).into(),
            25 => u16::from_be_bytes(self.array()?).into(),
            26 => u32::from_be_bytes(self.array()?).into(),
            27 => u64::from_be_bytes(self.array()?),
            _ => return self.wrong("a length is left open"),
        })
    }

    fn text(&mut self, length: u64) -> Result<&'b str, String> {
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        std::str::from_utf8(bytes).or_else(|_| self.wrong("a text is not UTF-8"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes.try_into().or_else(|_| self.wrong("it breaks off"))
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], String> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else { return self.wrong("it breaks off") };
        self.rest = rest;
        Ok(taken)
    }

    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("{what} at byte {}", self.all.len() - self.rest.len()))
    }
}
