//! Logins that are refused: for their time, which is made right by the venue's clock once, or for what only the words tell. Orders that
//! are refused for their time are followed by others that are dated by the venue's clock.

use serde_json::Value;

use super::{endpoint::Now, frame::Head};
use crate::{
    auth::AuthResponse,
    error::{Error, ErrorClass},
    flow::Priority,
    message::Outgoing,
    platform::Inbound,
};

/// It came too late, or before its time.
const LATE: i64 = 10_002;

/// A login came too late, or so the venue finds: its clock is asked for. For an order, the next heartbeat asks for it.
///
/// The refusal does not say what time it is there, but the answer to a ping does.
#[derive(Debug, Default)]
pub(super) struct Resync {
    login: bool,
    order: bool,
}

impl Resync {
    /// What to make of an answer where it is about the time.
    pub(super) fn said<'f>(&mut self, head: &Head<'f>, now: &Now) -> Option<Inbound<'f>> {
        self.order |= head.op.starts_with("order.") && head.code == LATE;
        if head.op == "auth" && head.is_refusal() && is_late(head) {
            self.login = true;
            return Some(Inbound::Reflex(Outgoing::json(r#"{"op":"ping"}"#).priority(Priority::Control)));
        }
        if head.op == "pong" && (self.login || self.order) {
            let (offset_ms, logs_in) = (time(head).and_then(|venue| now.told(venue)), self.login);
            *self = Self::default();
            if !logs_in {
                return None;
            }
            let error = match offset_ms {
                Some(offset_ms) => Error::ClockSkew { offset_ms },
                None => Error::Platform {
                    class: ErrorClass::Transient,
                    code: LATE,
                    message: "the request expired, and the venue does not tell its time".into(),
                    data: None,
                },
            };
            return Some(Inbound::Auth(AuthResponse::refused(error)));
        }
        // An old form of the acceptance.
        (head.kind == "AUTH_RESP" && !head.is_refusal()).then(|| Inbound::Auth(AuthResponse::accepted(None, "")))
    }
}

fn is_late(head: &Head<'_>) -> bool {
    head.code == LATE || head.message.contains("expired")
}

/// The venue's time in the answer to a ping.
fn time(head: &Head<'_>) -> Option<i64> {
    let list: Value = serde_json::from_str(head.args.or(head.data)?).ok()?;
    let first = list.get(0)?;
    first.as_i64().or_else(|| first.as_str()?.parse().ok())
}

/// 10003 is a wrong key, or too many sessions of a right one: only the words tell.
pub(super) fn reclassified(inbound: Inbound<'_>) -> Inbound<'_> {
    let reclassify = |error| match error {
        Error::Platform { code: code @ 10_003, message, data, .. } if message.contains("session") => {
            Error::Platform { class: ErrorClass::Transient, code, message, data }
        }
        error => error,
    };
    match inbound {
        Inbound::Reply { id, result } => Inbound::Reply { id, result: result.map_err(reclassify) },
        Inbound::Auth(AuthResponse::Refused { error, refreshed }) => {
            Inbound::Auth(AuthResponse::Refused { error: reclassify(error), refreshed })
        }
        Inbound::Error(error) => Inbound::Error(reclassify(error)),
        inbound => inbound,
    }
}
