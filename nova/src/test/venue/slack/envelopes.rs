//! What was sent, and whether it was acknowledged: once, in time, on the connection it was sent on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What was sent.
#[derive(Debug)]
struct Envelope {
    text: String,
    /// What is sent again if it is not acknowledged: events only.
    again: Option<Value>,
    answerable: bool,
    connection: Option<u64>,
    outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Waits,
    Acknowledged(Value),
    Missed,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    known: BTreeMap<String, Envelope>,
    events: u64,
}

impl Envelopes {
    pub(super) fn sent(&self) -> u64 {
        self.known.len() as u64
    }

    /// A new event.
    pub(super) fn event(&mut self, event: &Value) -> Value {
        self.events += 1;
        json!({
            "token": "x", "team_id": "T1", "api_app_id": "A0001", "type": "event_callback",
            "event_id": format!("Ev{:04}", self.events), "event_time": 1_700_000_000, "authorizations": [], "event": event,
        })
    }

    /// Puts a payload into an envelope. `retry` tells which attempt of an event it is.
    pub(super) fn put(&mut self, kind: &str, payload: &Value, answerable: bool, retry: Option<u32>) -> String {
        let id = format!("e-{:04}", self.known.len() + 1);
        let mut envelope = json!({
            "envelope_id": id, "type": kind, "accepts_response_payload": answerable, "payload": payload,
        });
        if let Some(retry) = retry {
            envelope["retry_attempt"] = retry.into();
            envelope["retry_reason"] = if retry > 0 { "timeout" } else { "" }.into();
        }
        let text = envelope.to_string();
        let again = retry.is_some().then_some(envelope);
        let entry = Envelope { text, again, answerable, connection: None, outcome: Outcome::Waits };
        self.known.insert(id.clone(), entry);
        id
    }

    /// It goes to this connection.
    pub(super) fn send(&mut self, id: &str, connection: u64) -> Option<String> {
        let envelope = self.known.get_mut(id)?;
        envelope.connection = Some(connection);
        Some(envelope.text.clone())
    }

    pub(super) fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.known.get(id).map(|envelope| &envelope.outcome)
    }

    /// Those whose time has passed.
    pub(super) fn missed(&self) -> Vec<String> {
        let missed = self.known.iter().filter(|(_, envelope)| envelope.outcome == Outcome::Missed);
        missed.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn acknowledge(&mut self, on: u64, id: &str, payload: Option<&Value>) -> Result<(), String> {
        // Slack's own client always sends one, and Slack takes an empty one for none.
        let payload = payload.filter(|payload| payload.as_object().is_none_or(|members| !members.is_empty()));
        let Some(envelope) = self.known.get_mut(id) else { return Err(format!("nothing was sent as {id}")) };
        let verdict = match &envelope.outcome {
            _ if envelope.connection != Some(on) => Err(format!("{id} was acknowledged on another connection")),
            Outcome::Acknowledged(_) => Err(format!("{id} was acknowledged twice")),
            Outcome::Missed => Err(format!("{id} was acknowledged too late")),
            Outcome::Waits if payload.is_some() && !envelope.answerable => Err(format!("{id} accepts no answer")),
            Outcome::Waits => Ok(()),
        };
        if verdict.is_ok() {
            envelope.outcome = Outcome::Acknowledged(payload.cloned().unwrap_or_default());
        }
        verdict
    }

    /// Its time is over. Where it was not acknowledged: the event to send again, with the number of the attempt.
    pub(super) fn overdue(&mut self, id: &str) -> Option<(Value, u32)> {
        let envelope = self.known.get_mut(id).filter(|envelope| envelope.outcome == Outcome::Waits)?;
        envelope.outcome = Outcome::Missed;
        let mut again = envelope.again.take()?;
        let attempt = again["retry_attempt"].as_u64().and_then(|attempt| u32::try_from(attempt).ok())? + 1;
        Some((again["payload"].take(), attempt))
    }

    /// It is sent once more as it is: each is acknowledged for itself.
    pub(super) fn repeat(&mut self, id: &str) -> bool {
        let known = self.known.get_mut(id);
        known.map(|envelope| envelope.outcome = Outcome::Waits).is_some()
    }
}
