//! The scanner, by the pointers of a payload's fields, beside a parser that reads everything; and decimal numbers.
//!
//! The first line is a pointer, or a number; the rest is the text.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use nova::{Envelope, Frame, book::Decimal};
use serde_json::Value;

fuzz_target!(|data: &str| {
    let (first, text) = data.split_once('\n').unwrap_or((data, ""));
    decimal(first);
    pointer(first, text);
});

/// A decimal is read back as it is shown, and is the number that a binary fraction is next to.
fn decimal(text: &str) {
    let Ok(number) = text.parse::<Decimal>() else { return };
    let again: Decimal = number.to_string().parse().expect("what is shown is a number");
    assert_eq!((number, number.to_string()), (again, again.to_string()));
    let read: f64 = text.parse().expect("a decimal is a number");
    assert!((number.to_f64() - read).abs() <= read.abs() * 1e-15, "{text} is not {number}");
}

/// A field that is found is what the parser finds there.
fn pointer(pointer: &str, text: &str) {
    let frame = Frame::text(text);
    let found = Envelope::whole(&frame, frame.as_text()).field(pointer);
    let Ok(whole) = serde_json::from_str::<Value>(text) else { return };
    if !pointer.is_empty() && !pointer.starts_with('/') || repeats(text, &whole) {
        return;
    }
    let found = found.expect("a good text can be read");
    let read = found.json().map(|json| serde_json::from_str::<Value>(json).expect("a value of a good text is good"));
    assert_eq!(read.as_ref(), whole.pointer(pointer), "{pointer} of {text}");
    assert_eq!(found.as_str(), whole.pointer(pointer).and_then(Value::as_str));
}

/// Whether a name may stand twice in one object: the scanner takes the first, the parser the last.
fn repeats(text: &str, whole: &Value) -> bool {
    fn members<'v>(value: &'v Value, names: &mut Vec<&'v str>) {
        match value {
            Value::Object(object) => object.iter().for_each(|(name, value)| {
                names.push(name);
                members(value, names);
            }),
            Value::Array(values) => values.iter().for_each(|value| members(value, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    members(whole, &mut names);
    // Each member has a colon, and each other colon stands in a string.
    let strings = names.iter().map(|name| name.matches(':').count()).sum::<usize>();
    let distinct = names.iter().collect::<HashSet<_>>().len();
    distinct < names.len() || text.matches(':').count() > names.len() + strings
}
