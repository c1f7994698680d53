//! Which frames a step takes, and why it does not take another.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde_json::Value;

use super::difference::difference;
use crate::frame::Frame;

/// Which frames are expected. JSON values and texts are matchers themselves:
///
/// ```
/// use nova::test::{Matcher, Scenario};
/// use serde_json::json;
///
/// Scenario::new()
///     .connect_success()
///     .expect(json!({"op": "subscribe"}))          // JSON that holds at least this
///     .expect("hello")                             // exactly this text
///     .expect(Matcher::path("/args/0", "ticker"))  // this value at this JSON pointer
///     .expect(Matcher::regex("^ping [0-9]+$"))
///     .expect(Matcher::binary([0x1f, 0x8b]))       // binary that begins so
///     .expect(Matcher::when("something short", |frame| frame.len() < 10));
/// ```
#[derive(Clone)]
pub struct Matcher(Wanted);

type Predicate = Arc<dyn Fn(&Frame) -> bool + Send + Sync>;

#[derive(Clone)]
enum Wanted {
    Any,
    Text(String),
    Json(Value),
    Path(String, Value),
    Regex(regex_lite::Regex),
    Binary(Bytes),
    When(String, Predicate),
    Pong(Option<Bytes>),
    Close(Option<u16>),
}

impl Matcher {
    /// Any text or binary message.
    pub fn any() -> Self {
        Self(Wanted::Any)
    }

    /// A message with exactly this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Wanted::Text(text.into()))
    }

    /// A JSON message that holds at least this: its objects may have more members, lists and scalars are equal.
    pub fn json(value: Value) -> Self {
        Self(Wanted::Json(value))
    }

    /// A JSON message with this value at this JSON pointer, such as `/params/channels/0`.
    ///
    /// # Panics
    /// Where `pointer` is none: it is empty or begins with `/`.
    #[track_caller]
    pub fn path(pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        let pointer = pointer.into();
        assert!(pointer.is_empty() || pointer.starts_with('/'), "`{pointer}` is no JSON pointer: it begins with `/`");
        Self(Wanted::Path(pointer, value.into()))
    }

    /// A message whose text holds a match of this regular expression.
    ///
    /// # Panics
    /// Where `pattern` is none.
    #[track_caller]
    pub fn regex(pattern: &str) -> Self {
        match regex_lite::Regex::new(pattern) {
            Ok(regex) => Self(Wanted::Regex(regex)),
            Err(error) => panic!("`{pattern}` is no regular expression: {error}"),
        }
    }

    /// A binary message that begins with these bytes.
    pub fn binary(prefix: impl AsRef<[u8]>) -> Self {
        Self(Wanted::Binary(Bytes::copy_from_slice(prefix.as_ref())))
    }

    /// A frame of any kind, pings and pongs included, of which the function says yes. `what` names it where it does not come.
    pub fn when(what: impl Into<String>, is_it: impl Fn(&Frame) -> bool + Send + Sync + 'static) -> Self {
        Self(Wanted::When(what.into(), Arc::new(is_it)))
    }

    pub(super) fn pong(payload: Option<Bytes>) -> Self {
        Self(Wanted::Pong(payload))
    }

    pub(super) fn is_pong(&self) -> bool {
        matches!(self.0, Wanted::Pong(_))
    }

    pub(super) fn close(code: Option<u16>) -> Self {
        Self(Wanted::Close(code))
    }

    /// Nothing where the frame is expected; otherwise what is different, in words where there is more to say than that it is.
    pub(in crate::test) fn difference(&self, frame: &Frame) -> Option<String> {
        let unless = |taken: bool| (!taken).then(String::new);
        match (&self.0, frame) {
            (Wanted::When(_, is_it), frame) => unless(is_it(frame)),
            (Wanted::Pong(wanted), Frame::Pong(found)) => unless(wanted.as_ref().is_none_or(|wanted| wanted == found)),
            (Wanted::Close(None), Frame::Close(_)) => None,
            (Wanted::Close(Some(wanted)), Frame::Close(found)) => {
                unless(*wanted == found.as_ref().map_or(1005, |close| close.code.0))
            }
            (Wanted::Pong(_) | Wanted::Close(_), _) | (_, Frame::Ping(_) | Frame::Pong(_) | Frame::Close(_)) => {
                unless(false)
            }
            (Wanted::Any, _) => None,
            (Wanted::Binary(prefix), Frame::Binary(bytes)) => unless(bytes.starts_with(prefix)),
            (Wanted::Binary(_), _) => unless(false),
            (_, frame) => match frame.as_text() {
                Some(text) => self.difference_of_text(text),
                None => unless(false),
            },
        }
    }

    fn difference_of_text(&self, text: &str) -> Option<String> {
        let json = || serde_json::from_str::<Value>(text).map_err(|error| format!("it is no JSON: {error}"));
        match &self.0 {
            Wanted::Text(wanted) => (text != wanted).then(String::new),
            Wanted::Regex(regex) => (!regex.is_match(text)).then(String::new),
            Wanted::Json(wanted) => match json() {
                Ok(found) => difference(wanted, &found),
                Err(reason) => Some(reason),
            },
            Wanted::Path(pointer, wanted) => match json() {
                Ok(found) => match found.pointer(pointer) {
                    Some(found) if found == wanted => None,
                    Some(found) => Some(format!("at {pointer}: expected {wanted}, found {found}")),
                    None => Some(format!("at {pointer}: expected {wanted}, found nothing")),
                },
                Err(reason) => Some(reason),
            },
            _ => None,
        }
    }
}

impl From<Value> for Matcher {
    fn from(value: Value) -> Self {
        Self::json(value)
    }
}

impl From<&str> for Matcher {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Matcher {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Wanted::Any => f.write_str("any message"),
            Wanted::Text(text) => write!(f, "the text {text:?}"),
            Wanted::Json(value) => write!(f, "JSON with {value}"),
            Wanted::Path(pointer, value) => write!(f, "JSON with {value} at {pointer}"),
            Wanted::Regex(regex) => write!(f, "a text that matches `{}`", regex.as_str()),
            Wanted::Binary(prefix) => write!(f, "binary that begins with {:02x?}", &prefix[..]),
            Wanted::When(what, _) => f.write_str(what),
            Wanted::Pong(None) => f.write_str("a pong"),
            Wanted::Pong(Some(payload)) => write!(f, "a pong with {:?}", String::from_utf8_lossy(payload)),
            Wanted::Close(None) => f.write_str("the client's close"),
            Wanted::Close(Some(code)) => write!(f, "the client's close with {code}"),
        }
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher({self})")
    }
}
