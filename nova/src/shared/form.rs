//! What something is sent as: its number, its wire form, its frame, and on what terms it leaves.

use std::time::Duration;

use super::{FOREVER, Shared, Terms};
use crate::{
    client::Client,
    config::Config,
    context::View,
    error::{Error, Result},
    flow::Charge,
    frame::Frame,
    message::{Body, Outgoing},
    platform::{Platform, PlatformSpec},
};

/// How long something may take: what it says itself, or as long as others.
pub(super) fn allowed(outgoing: &Outgoing, others: Duration) -> Duration {
    outgoing.deadline().unwrap_or(others).min(FOREVER)
}

impl<C: Client> Shared<C> {
    /// The number and the wire form of a call; nothing where it is sent as it is.
    #[inline]
    pub(super) fn numbered(&self, outgoing: &Outgoing) -> Result<Option<(u64, Outgoing)>> {
        if outgoing.is_answered() { self.number(outgoing).map(Some) } else { Ok(None) }
    }

    fn number(&self, outgoing: &Outgoing) -> Result<(u64, Outgoing)> {
        let id = self.next_id();
        let wire = match &outgoing.body {
            Body::Call { method, params } if !outgoing.is_acknowledged() => {
                self.platform.request(id, method, params.as_deref())?
            }
            Body::Numbered { pieces } if !outgoing.is_acknowledged() => Outgoing::json(pieces.join(&id.to_string())),
            _ => self.platform.deliver(id, outgoing)?,
        };
        Ok((id, wire))
    }

    /// Makes the frame of something in its wire form.
    pub(super) fn frame(&self, outgoing: Outgoing, config: &Config) -> Result<Frame> {
        let view = View::new(&self.platform, config);
        let frame = match self.hooks.encode {
            Some(encode) => encode(outgoing, &self.codec, view)?,
            None => view.inherited().encode_message(outgoing, &self.codec)?,
        };
        match C::Platform::SPEC.bounds.outbound {
            Some(most) if frame.len() > most => {
                let reason = format!("it has {} bytes, and the venue takes {most} in one frame", frame.len());
                Err(Error::Encode { what: "a message".into(), reason: reason.into() })
            }
            _ => Ok(frame),
        }
    }

    /// Makes the frame of something to send; a call gets its number and its wire form. Gives it back where the frame was not made of
    /// itself, or the client has a word on what may leave.
    pub(super) fn encode(
        &self,
        outgoing: Outgoing,
        numbered: Option<(u64, Outgoing)>,
        config: &Config,
    ) -> Result<(Frame, Option<u64>, Option<Outgoing>)> {
        if let Some((id, wire)) = numbered {
            return Ok((self.frame(wire, config)?, Some(id), Some(outgoing)));
        }
        let kept = self.hooks.admit.map(|_| outgoing.clone());
        Ok((self.frame(outgoing, config)?, None, kept))
    }

    /// On what terms something is sent.
    pub(super) fn terms(&self, outgoing: &Outgoing, config: &Config) -> Terms {
        let (pool, units) = self.platform.cost(outgoing);
        let cost = match self.hooks.cost {
            Some(cost) => cost(outgoing, View::new(&self.platform, config)),
            None => outgoing.price().unwrap_or(units),
        };
        Terms {
            priority: outgoing.urgency(),
            charge: Charge { cost, pool },
            allowed: allowed(outgoing, config.connection.request_timeout),
            patient: true,
            idempotent: outgoing.is_idempotent(),
        }
    }
}
