//! What the gateway says of the session: events and their numbers, refusals, the heartbeat it wants.

use std::{borrow::Cow, time::Duration};

use serde::Deserialize;

use super::{
    Discord, OwnAddress, Session, State,
    frame::Head,
    sequence::{Follow, Next},
};
use crate::{
    auth::AuthResponse,
    error::{Error, ErrorClass, Result},
    flow::Priority,
    message::{Envelope, Outgoing},
    platform::{Inbound, Incoming},
};

/// A refusal of resuming that leaves the session as it is, so often in a row, is not believed any more.
const REFUSALS: u32 = 3;

impl Discord {
    /// An event: what it says of the session, and whether it follows the one before it.
    pub(super) fn dispatched<'f>(
        &self,
        state: &mut State,
        incoming: Incoming<'f>,
        text: &'f str,
        head: &Head<'f>,
    ) -> Result<Inbound<'f>> {
        let Some(name) = &head.name else {
            return Ok(Inbound::message(Envelope::whole(incoming.frame, Some(text))));
        };
        let envelope = match name {
            Cow::Borrowed(name) => Envelope::on(incoming.frame, text, name, head.data_at(text)),
            Cow::Owned(name) => Envelope::known(incoming.frame, text, name.as_str().into(), head.data_at(text)),
        };
        let gap = match &**name {
            "READY" => {
                let begun = Session::begun(head.data(text), head.seq)
                    .map_err(|error| Error::decode("READY", error, b"(a session)"))?;
                let gap = std::mem::take(&mut state.lost) || state.session.is_some();
                (state.session, state.own, state.follow) = (Some(begun), OwnAddress::default(), Follow::default());
                gap
            }
            "RESUMED" => {
                if let (Some(session), Some(seq)) = (&mut state.session, head.seq) {
                    session.seq = session.seq.max(seq);
                }
                false
            }
            _ => {
                if let (Some(session), Some(seq)) = (&mut state.session, head.seq) {
                    match state.follow.next(session.seq, seq) {
                        Next::Follows => session.seq = seq,
                        Next::Repeats => return Ok(Inbound::Ignored),
                        Next::Misses(error) => return Ok(Inbound::Broken(error)),
                    }
                    self.note(state);
                }
                return Ok(Inbound::message(envelope));
            }
        };
        state.refusals = 0;
        self.note(state);
        Ok(Inbound::Admitted { response: AuthResponse::accepted(None, ""), envelope, gap })
    }

    /// The session is refused: it may be resumed on another connection, or it is gone.
    pub(super) fn refused(&self, state: &mut State, resumable: bool) -> Error {
        state.refusals += 1;
        if !resumable || state.refusals >= REFUSALS {
            self.forget(state);
            state.hasty = true;
        }
        let message = if resumable { "invalid session, to be resumed" } else { "invalid session" };
        Error::Platform { class: ErrorClass::Transient, code: 9, message: message.into(), data: None }
    }
}

/// A heartbeat. It is urgent, and has room of its own.
pub(super) fn beat(state: &State) -> Outgoing {
    let seq = state.session.as_ref().map_or("null".to_owned(), |session| session.seq.to_string());
    Outgoing::json(format!(r#"{{"op":1,"d":{seq}}}"#)).priority(Priority::Control).cost(0)
}

pub(super) fn heartbeat(data: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Hello {
        heartbeat_interval: u64,
    }
    let hello: Hello = serde_json::from_str(data).ok()?;
    Some(Duration::from_millis(hello.heartbeat_interval))
}
