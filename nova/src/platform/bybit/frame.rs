//! What a frame is, by its top-level members: news of a topic, or an answer of one of the many forms.
//!
//! Of news that is no book's nothing is read behind the topic.

use std::borrow::Cow;

use crate::{
    error::Result,
    platform::{
        json_rpc::malformed,
        scan::{Members, ScanError, unquote},
    },
    sequence::Numbers,
};

/// What a frame is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'f> {
    /// News of a topic, with the numbers of a book.
    Pushed { topic: Cow<'f, str>, book: Option<Numbers> },
    /// Anything else.
    Said(Head<'f>),
}

/// The members of an answer, in either spelling.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head<'f> {
    pub(super) op: Cow<'f, str>,
    pub(super) kind: Cow<'f, str>,
    pub(super) id: Option<u64>,
    pub(super) success: Option<bool>,
    pub(super) code: i64,
    pub(super) message: Cow<'f, str>,
    /// JSON texts.
    pub(super) data: Option<&'f str>,
    pub(super) args: Option<&'f str>,
    pub(super) header: Option<&'f str>,
}

impl<'f> Frame<'f> {
    pub(super) fn read(text: &'f str) -> Result<Self> {
        Self::scan(text).map_err(|error| malformed(text, error))
    }

    fn scan(text: &'f str) -> Result<Self, ScanError> {
        let mut members = Members::at(text, 0)?;
        let (mut topic, mut update, mut head) = (None, None, Head::default());
        while let Some(key) = members.key()? {
            match &*key {
                "topic" => {
                    let at = members.offset();
                    let name = unquote(members.value()?).ok_or(ScanError { at, expected: "a topic's name" })?;
                    if !name.starts_with("orderbook.") {
                        return Ok(Self::Pushed { topic: name, book: None });
                    }
                    topic = Some(name);
                }
                "data" => {
                    let at = members.offset();
                    if text[at..].starts_with('{') && head.op.is_empty() {
                        let end;
                        (update, end) = update_id(text, at)?;
                        members.resume(end);
                        head.data = Some(&text[at..end]);
                    } else {
                        head.data = Some(members.value()?);
                    }
                }
                key => head.take(key, members.value()?),
            }
        }
        members.is_last()?;
        let Some(topic) = topic else { return Ok(Self::Said(head)) };
        let number = update.ok_or(ScanError { at: members.offset(), expected: "an update id `u` in a book's data" })?;
        Ok(Self::Pushed { book: Some(numbers(&topic, head.kind == "snapshot", number)), topic })
    }
}

impl<'f> Head<'f> {
    fn take(&mut self, key: &str, value: &'f str) {
        let text = || unquote(value).unwrap_or_default();
        match key {
            "op" => self.op = text(),
            "type" => self.kind = text(),
            "req_id" | "reqId" => self.id = text().parse().ok().or(self.id),
            "success" => self.success = value.parse().ok(),
            "retCode" | "ret_code" => self.code = value.parse().unwrap_or_default(),
            "retMsg" | "ret_msg" => self.message = text(),
            "args" => self.args = Some(value),
            "header" => self.header = Some(value),
            _ => {}
        }
    }

    /// Whether it answers a request for topics; options' answers do not say so but by their `type`.
    pub(super) fn is_of_topics(&self) -> bool {
        matches!(&*self.op, "subscribe" | "unsubscribe") || self.kind == "COMMAND_RESP"
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.success == Some(false) || !matches!(self.code, 0 | 20_001)
    }
}

/// A book's numbers. One without snapshots (`orderbook.full`) begins with its first change.
pub(super) fn numbers(topic: &str, snapshot: bool, at: u64) -> Numbers {
    let marked = !topic.starts_with("orderbook.full.");
    Numbers { at, other: None, snapshot: marked.then_some(snapshot) }
}

/// The member `u` of the object at byte `at`, and where that object ends.
fn update_id(text: &str, at: usize) -> Result<(Option<u64>, usize), ScanError> {
    let mut members = Members::at(text, at)?;
    let mut update = None;
    while let Some(key) = members.key()? {
        if key == "u" {
            update = members.value()?.parse().ok();
        }
    }
    Ok((update, members.offset()))
}
