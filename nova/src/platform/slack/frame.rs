//! What a frame is, by its top-level members, and which channel its message comes on.

use std::borrow::Cow;

use crate::{
    error::Result,
    platform::{
        json_rpc::malformed,
        scan::{Members, ScanError, find, unquote},
    },
};

/// What a frame is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'f> {
    /// The connection is taken.
    Hello,
    /// The connection ends, for this reason.
    Disconnect(Cow<'f, str>),
    /// Something that wants an acknowledgement.
    Envelope {
        id: Cow<'f, str>,
        /// What redeliveries have in common.
        key: Cow<'f, str>,
        channel: String,
        /// Whether the acknowledgement may say something.
        answerable: bool,
    },
    /// Something that wants none.
    Other { channel: Option<String> },
}

impl<'f> Frame<'f> {
    pub(super) fn read(text: &'f str) -> Result<Self> {
        Self::scan(text).map_err(|error| malformed(text, error))
    }

    fn scan(text: &'f str) -> Result<Self, ScanError> {
        let (mut kind, mut id, mut reason, mut payload, mut answerable) = (None, None, None, None, false);
        let mut members = Members::at(text, 0)?;
        while let Some(key) = members.key()? {
            let (at, value) = (members.offset(), members.value()?);
            match &*key {
                "type" => kind = Some(unquote(value).ok_or(ScanError { at, expected: "the name of a type" })?),
                "envelope_id" => id = Some(unquote(value).ok_or(ScanError { at, expected: "an envelope's id" })?),
                "reason" => reason = unquote(value),
                "accepts_response_payload" => answerable = value == "true",
                "payload" => payload = Some(value),
                _ => {}
            }
        }
        members.is_last()?;
        let Some(id) = id else {
            return Ok(match kind.as_deref() {
                Some("hello") => Self::Hello,
                Some("disconnect") => Self::Disconnect(reason.unwrap_or_default()),
                kind => Self::Other { channel: kind.map(str::to_owned) },
            });
        };
        let payload = payload.unwrap_or_default();
        let key = word(payload, "/event_id").unwrap_or_else(|| id.clone());
        let channel = channel(kind.as_deref().unwrap_or_default(), payload);
        Ok(Self::Envelope { id, key, channel, answerable })
    }
}

/// The envelope's type, and what tells its payloads apart: `events_api.app_mention`, `interactive.view_submission`.
fn channel(kind: &str, payload: &str) -> String {
    let inner = match kind {
        // A notice that events were left out has no event in it.
        "events_api" => word(payload, "/event/type").or_else(|| word(payload, "/type")),
        "interactive" => word(payload, "/type"),
        _ => None,
    };
    inner.map_or_else(|| kind.to_owned(), |inner| format!("{kind}.{inner}"))
}

/// A string of the payload.
fn word<'p>(payload: &'p str, pointer: &str) -> Option<Cow<'p, str>> {
    find(payload, pointer).ok().flatten().and_then(unquote)
}
