//! An envelope and what is in it, and the acknowledgements it is answered with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::{Error, Result},
    flow::Priority,
    message::Outgoing,
};

/// What came, and the envelope around it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Delivery<T> {
    /// The envelope's name.
    pub envelope_id: String,
    /// Whether the acknowledgement may say something.
    #[serde(default)]
    pub accepts_response_payload: bool,
    /// Events: how often Slack has sent it before. What came of that is not known: nova delivers each once, so it was not here.
    #[serde(default)]
    pub retry_attempt: Option<u32>,
    /// Events: why Slack sends it again.
    #[serde(default)]
    pub retry_reason: Option<String>,
    /// What is in it.
    pub payload: T,
}

impl<T> Delivery<T> {
    /// The acknowledgement that says something: a message to a slash command, a `response_action` to the submission of a view, `options` to
    /// a suggestion. For clients of [`Slack::answering`](super::Slack::answering): send it from the handler, within three seconds.
    ///
    /// Sent later, twice, or when the connection that asked is gone, it is [`Error::Evicted`].
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the envelope accepts no answer; [`Error::Encode`] where `payload` cannot be written as JSON.
    pub fn answer(&self, payload: impl Serialize) -> Result<Outgoing> {
        if !self.accepts_response_payload {
            return Err(Error::Unsupported { platform: "slack", what: "an answer to this; post one by the Web API" });
        }
        let payload = serde_json::to_value(payload)
            .map_err(|error| Error::Encode { what: "an answer".into(), reason: error.to_string().into() })?;
        let answer = json!({ "envelope_id": self.envelope_id, "payload": payload });
        Ok(urgent(answer.to_string()).answering(self.envelope_id.as_str()))
    }

    /// The acknowledgement that says nothing, under the same terms.
    pub fn ack(&self) -> Outgoing {
        ack(&self.envelope_id.as_str().into()).answering(self.envelope_id.as_str())
    }
}

/// The acknowledgement that says nothing.
pub(super) fn ack(id: &Arc<str>) -> Outgoing {
    urgent(json!({ "envelope_id": **id }).to_string())
}

/// Before all else: Slack waits for three seconds.
fn urgent(text: String) -> Outgoing {
    Outgoing::json(text).priority(Priority::Control).cost(0)
}
