//! Text: of a message as it was read, of a channel, of a close frame.

use std::{
    cmp::Ordering,
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    str::FromStr,
};

use smol_str::SmolStr;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A piece of text, checked to be UTF-8 when it was read.
///
/// Cloning is cheap: up to 23 bytes are copied, what is longer is shared. The exception is the text of a [`Frame`](crate::Frame) fresh
/// from the socket, of at most 4 KiB: nobody shares it yet, and the first clone copies it.
///
/// ```
/// let text = nova::Text::from("price");
/// let kept: String = text.to_string();
/// assert_eq!(kept, *text);
/// ```
pub struct Text(Kept);

/// Three ways to keep a text, for what each does best: to be filled again, to be cloned, and to be what the protocol has joined.
// With a tag of its own, as a frame.
#[repr(u8)]
enum Kept {
    Own(String),
    Small(SmolStr),
    Shared(Utf8Bytes),
}

impl Text {
    /// The text itself.
    #[inline(always)]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Own(text) => text,
            Kept::Small(text) => text,
            Kept::Shared(text) => text,
        }
    }

    pub(crate) fn from_utf8_bytes(text: Utf8Bytes) -> Self {
        Self(Kept::Shared(text))
    }

    /// A text with a buffer of its own, to be [filled](Self::fill) again and again.
    pub(crate) const fn empty() -> Self {
        Self(Kept::Own(String::new()))
    }

    /// Takes the text's place, in the same buffer where there is one.
    #[inline]
    pub(crate) fn fill(&mut self, text: &str) {
        if let Kept::Own(own) = &mut self.0 {
            own.clear();
            own.push_str(text);
        } else {
            self.0 = Kept::Own(text.to_owned());
        }
    }

    /// The size of a buffer of its own: it has one to be [filled](Self::fill) again.
    #[inline(always)]
    pub(crate) fn room(&self) -> usize {
        match &self.0 {
            Kept::Own(text) => text.capacity(),
            Kept::Small(_) | Kept::Shared(_) => 0,
        }
    }

    /// Gives up the room it does not need, and what it shares.
    pub(crate) fn detach(&mut self) {
        match &self.0 {
            Kept::Own(text) if text.capacity() <= 2 * text.len() => {}
            Kept::Small(_) => {}
            Kept::Own(_) | Kept::Shared(_) => *self = self.as_str().into(),
        }
    }
}

impl Clone for Text {
    fn clone(&self) -> Self {
        match &self.0 {
            Kept::Own(text) => text.as_str().into(),
            Kept::Small(text) => Self(Kept::Small(text.clone())),
            Kept::Shared(text) => Self(Kept::Shared(text.clone())),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::empty()
    }
}

impl Deref for Text {
    type Target = str;

    #[inline(always)]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Kept::Small(text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Kept::Own(text))
    }
}

impl FromStr for Text {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// One text in every way in which it is kept.
    fn kept(text: &str) -> [Text; 3] {
        [text.into(), text.to_owned().into(), Text::from_utf8_bytes(text.into())]
    }

    #[test]
    fn it_is_the_same_text_however_it_is_kept() {
        for content in ["", "é", "twenty-three bytes long", "and this one is longer than that"] {
            let texts = kept(content);
            for text in &texts {
                assert_eq!((text.as_str(), &text.clone(), text.cmp(&texts[0])), (content, text, Ordering::Equal));
            }
            assert_eq!(texts.iter().collect::<HashSet<_>>().len(), 1);
        }
        assert!(Text::from("a") < Text::from("b".to_owned()));
        assert_eq!(Text::default(), Text::from(""));
    }

    #[test]
    fn one_is_filled_again_and_again_in_the_same_buffer() {
        let [small, own, shared] = kept("a text of some length, which needs room");
        let was = own.as_ptr();
        for (mut text, same) in [(small, false), (own, true), (shared, false)] {
            text.fill("short");
            assert_eq!((&*text, text.as_ptr() == was), ("short", same));
            text.fill("");
            assert_eq!(&*text, "");
        }
    }

    #[test]
    fn what_is_detached_keeps_no_more_than_it_needs() {
        let mut filled = Text::from("x".repeat(4_096));
        filled.fill("short");
        assert!(filled.room() >= 4_096);
        filled.detach();
        assert_eq!((&*filled, filled.room()), ("short", 0));
        let mut full = Text::from("x".repeat(100));
        let was = full.as_ptr();
        full.detach();
        assert_eq!(full.as_ptr(), was);
    }
}
