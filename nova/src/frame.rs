//! What a socket carries: text, binary and control frames, and close codes.
//!
//! Both data kinds are first class: nothing in nova assumes that a message is text. A binary payload is a reference-counted slice of what
//! was read, so cloning it copies nothing; how a text is kept, [`Text`] says.

mod text;

use std::fmt;

use bytes::Bytes;

pub use text::Text;

/// One whole WebSocket message, or a control frame.
///
/// Fragments are joined before they get here.
// With a tag of its own: to tell the kinds by values that no text has takes five instructions more each time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Frame {
    /// A text message.
    Text(Text),
    /// A binary message.
    Binary(Bytes),
    /// A ping; nova has answered it already when a handler sees it.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// A close frame, with its code and reason where it had them.
    Close(Option<Close>),
}

impl Frame {
    /// A text frame.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// A binary frame.
    pub fn binary(bytes: impl Into<Bytes>) -> Self {
        Self::Binary(bytes.into())
    }

    /// Makes the payload its own: nothing else is kept alive with it.
    pub(crate) fn detach(&mut self) {
        match self {
            Self::Text(text) => text.detach(),
            Self::Binary(bytes) => *bytes = Bytes::copy_from_slice(bytes),
            Self::Ping(_) | Self::Pong(_) | Self::Close(_) => {}
        }
    }

    /// The payload; of a close frame its reason.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes,
            Self::Close(close) => close.as_ref().map_or(&[], |close| close.reason.as_bytes()),
        }
    }

    /// The payload of a text frame, or of a binary frame that holds UTF-8: some venues send their JSON so.
    #[inline(always)]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The number of payload bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.payload().len()
    }

    /// Whether the payload is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this is a text or a binary message.
    #[inline]
    pub fn is_data(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }
}

/// A close frame's code and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// Why the peer closes, as a number.
    pub code: CloseCode,
    /// Why the peer closes, in words; often empty. At most 123 bytes.
    pub reason: Text,
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " ({})", self.reason.escape_debug()) }
    }
}

/// A close code (RFC 6455 §7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// 1000: the purpose was fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the peer goes away.
    pub const AWAY: Self = Self(1001);
    /// 1002: the protocol was violated.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: a kind of data that cannot be accepted.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1005: the close frame had no code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// 1006: there was no close frame. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: a payload that does not fit its type, such as text that is not UTF-8.
    pub const INVALID: Self = Self(1007);
    /// 1008: a policy was violated.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message was too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the client wanted an extension that the server did not negotiate.
    pub const EXTENSION: Self = Self(1010);
    /// 1011: the server failed.
    pub const ERROR: Self = Self(1011);
    /// 1012: the server restarts.
    pub const RESTART: Self = Self(1012);
    /// 1013: the server asks to try again later.
    pub const AGAIN: Self = Self(1013);

    /// Whether an endpoint may put this code into a close frame: 1005, 1006 and 1015 are for reports only.
    ///
    /// ```
    /// assert!(nova::CloseCode::NORMAL.is_sendable());
    /// assert!(!nova::CloseCode::ABNORMAL.is_sendable());
    /// ```
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
