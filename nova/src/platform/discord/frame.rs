//! What a frame is, by its top-level members. Of an event nothing is read behind its payload's first byte, where its name and number
//! stand before that.

use std::borrow::Cow;

use crate::{
    error::Result,
    platform::{
        json_rpc::malformed,
        scan::{Members, ScanError, unquote},
    },
};

/// The members around a payload.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head<'f> {
    pub(super) op: u64,
    pub(super) seq: Option<u64>,
    pub(super) name: Option<Cow<'f, str>>,
    data_at: Option<usize>,
}

impl<'f> Head<'f> {
    pub(super) fn read(text: &'f str) -> Result<Self> {
        Self::scan(text).map_err(|error| malformed(text, error))
    }

    fn scan(text: &'f str) -> Result<Self, ScanError> {
        let mut members = Members::at(text, 0)?;
        let (mut head, mut op) = (Self::default(), None);
        while let Some(key) = members.key()? {
            let at = members.offset();
            match &*key {
                "op" => {
                    let number = members.value()?.parse().map_err(|_| ScanError { at, expected: "a number `op`" })?;
                    op = Some(number);
                }
                "s" => head.seq = nullable(members.value()?, |value| value.parse().ok(), (at, "a number `s`"))?,
                "t" => head.name = nullable(members.value()?, unquote, (at, "an event's name `t`"))?,
                "d" => {
                    head.data_at = Some(at);
                    if op == Some(0) && head.name.is_some() && head.seq.is_some() {
                        return Ok(head);
                    }
                }
                _ => {}
            }
        }
        members.is_last()?;
        head.op = op.ok_or(ScanError { at: 0, expected: "an `op`" })?;
        Ok(head)
    }

    /// Where the payload begins; behind the text where there is none.
    pub(super) fn data_at(&self, text: &str) -> usize {
        self.data_at.unwrap_or(text.len())
    }

    /// The payload as JSON text; `null` where there is none.
    pub(super) fn data(&self, text: &'f str) -> &'f str {
        let end = |at| Members::skip_value(text, at).ok().map(|end| &text[at..end]);
        self.data_at.and_then(end).unwrap_or("null")
    }
}

fn nullable<'f, T>(
    value: &'f str,
    read: impl Fn(&'f str) -> Option<T>,
    (at, expected): (usize, &'static str),
) -> Result<Option<T>, ScanError> {
    if value == "null" { Ok(None) } else { read(value).map(Some).ok_or(ScanError { at, expected }) }
}
