//! What a message is made of: in a box, which is a word to be moved, and which the next message uses again with the buffer in it.
//!
//! From the socket to its handler a message is handed on a dozen times. Moved whole, it cost as much as to find its channel.

use std::{cell::Cell, ops::Range, sync::Arc};

use super::Envelope;
use crate::{
    frame::{Frame, Text},
    scan,
};

/// The largest buffer that is kept for the next message.
const LARGEST: usize = 8 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<Parts>>> = const { Cell::new(None) };
}

/// No part of any text.
#[allow(clippy::reversed_empty_ranges, reason = "none of a text's")]
const NOWHERE: Range<usize> = 1..0;

static NOTHING: Parts = Parts { frame: Frame::Text(Text::empty()), layout: Layout::NONE, idle: None };

/// A message, taken apart.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) frame: Frame,
    pub(super) layout: Layout,
    /// The buffer for a text, while the frame came with its own.
    idle: Option<Frame>,
}

/// Where the parts of a message are in its frame.
#[derive(Clone)]
pub(crate) struct Layout {
    /// The frame as text, where the codec had to make it, which is rare; else the frame's own text is meant.
    pub(super) made: Option<Box<Text>>,
    /// Where its channel's name stands in the text.
    pub(super) channel: Range<usize>,
    /// Its channel's name, where it does not stand there.
    pub(super) known: Option<Arc<str>>,
    /// Where the payload starts.
    pub(super) data: usize,
}

impl Layout {
    /// Of a message that nobody has read.
    const NONE: Self = Self { made: None, channel: NOWHERE, known: None, data: 0 };

    /// Where they are by an [`Envelope`] that lent the frame.
    #[inline(always)]
    pub(crate) fn of(Envelope { frame, text, channel, known, data }: Envelope<'_>) -> Self {
        let made = match (text, frame.as_text()) {
            (Some(text), Some(own)) if std::ptr::eq(text.as_ptr(), own.as_ptr()) => None,
            (Some(text), _) => Some(Box::new(Text::from(text))),
            (None, _) => None,
        };
        let place = text.zip(channel).and_then(|(text, channel)| scan::place(text, channel));
        Self { made, channel: place.unwrap_or(NOWHERE), known, data }
    }

    /// Puts another in its place.
    #[inline(always)]
    pub(super) fn set(&mut self, Self { made, channel, known, data }: Self) {
        // Looked at first, because next to never there is something to drop.
        if made.is_some() || self.made.is_some() {
            self.made = made;
        }
        if known.is_some() || self.known.is_some() {
            self.known = known;
        }
        (self.channel, self.data) = (channel, data);
    }
}

impl Parts {
    /// Keeps nothing alive but the message.
    pub(super) fn detach(&mut self) {
        self.frame.detach();
        self.idle = None;
    }
}

/// The parts of one message, whose box goes back to its thread.
#[derive(Clone)]
pub(super) struct Reused(Option<Box<Parts>>);

impl Reused {
    /// A message of which nothing else is known.
    pub(super) fn of(frame: Frame) -> Self {
        let mut parts = Self::take();
        parts.idle = Some(std::mem::replace(&mut parts.frame, frame));
        Self(Some(parts))
    }

    /// The same of a text that is copied.
    #[inline(always)]
    pub(super) fn text(text: &str) -> Self {
        let mut parts = Self::take();
        if let Frame::Text(own) = &mut parts.frame {
            own.fill(text);
        }
        Self(Some(parts))
    }

    /// Parts whose frame is a text, to be filled.
    #[inline(always)]
    fn take() -> Box<Parts> {
        SPARE.take().unwrap_or_else(|| Box::new(NOTHING.clone()))
    }

    #[inline(always)]
    pub(super) fn get(&self) -> &Parts {
        self.0.as_deref().unwrap_or(&NOTHING)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self) -> Option<&mut Parts> {
        self.0.as_deref_mut()
    }
}

impl Drop for Reused {
    #[inline]
    fn drop(&mut self) {
        let Some(mut parts) = self.0.take() else { return };
        if let Some(idle) = parts.idle.take() {
            parts.frame = idle;
        }
        if !matches!(&parts.frame, Frame::Text(text) if text.room() <= LARGEST) {
            return;
        }
        parts.layout.set(Layout::NONE);
        // A thread that ends has no use for it.
        let _ = SPARE.try_with(|spare| spare.set(Some(parts)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &Reused) -> &str {
        parts.get().frame.as_text().unwrap_or_default()
    }

    #[test]
    fn the_next_message_uses_the_box_and_the_buffer_again() {
        let first = Reused::text("the first");
        let (parts, buffer) = (std::ptr::from_ref(first.get()), text(&first).as_ptr());
        drop(first);
        // One that came with a buffer of its own leaves the other where it was.
        let second = Reused::of(Frame::binary("the second"));
        assert_eq!((std::ptr::from_ref(second.get()), second.get().frame.payload()), (parts, &b"the second"[..]));
        drop(second);
        let third = Reused::text("third");
        assert_eq!((std::ptr::from_ref(third.get()), text(&third).as_ptr(), text(&third)), (parts, buffer, "third"));
    }

    #[test]
    fn nothing_of_a_message_is_left_for_the_next() {
        let mut first = Reused::text("first");
        let made = Some(Box::new("made".into()));
        first.get_mut().unwrap().layout = Layout { made, channel: 0..2, known: Some("known".into()), data: 3 };
        drop(first);
        let second = Reused::text("second");
        let layout = &second.get().layout;
        assert!(layout.made.is_none() && layout.known.is_none());
        assert_eq!((layout.channel.clone(), layout.data, text(&second)), (NOWHERE, 0, "second"));
    }

    #[test]
    fn a_message_that_is_kept_stays_what_it_was() {
        let kept: Vec<_> = ["a", "b", "c"].map(Reused::text).into();
        let copies = kept.clone();
        drop(kept);
        let _next = Reused::text("next");
        assert_eq!(copies.iter().map(text).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn what_waits_keeps_no_room_for_another() {
        drop(Reused::text(&"x".repeat(LARGEST)));
        let mut binary = Reused::of(Frame::binary("waits"));
        binary.get_mut().unwrap().detach();
        let parts = binary.get();
        assert!(parts.idle.is_none() && parts.frame == Frame::binary("waits"));
    }

    #[test]
    fn a_large_buffer_is_not_kept() {
        let large = "x".repeat(LARGEST + 1);
        drop(Reused::text(&large));
        let small = Reused::text("small");
        let Frame::Text(own) = &small.get().frame else { panic!("a text") };
        assert!(own.room() <= LARGEST);
    }
}
