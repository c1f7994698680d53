//! What a frame means, by the places that the description names.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{
    Described, Kind, Literal, Match, Meaning, Wire,
    frames::{At, Failure},
    own,
    places::{Found, plain},
    seconds,
    shape::{tells_answers, tells_messages},
    template,
};
use crate::{
    auth::AuthResponse,
    error::{Error, Result},
    flow::Priority,
    message::{Envelope, Outgoing},
    platform::{Inbound, Incoming, Platform, SubscriptionResponse, json_rpc},
    sequence::{Continuity, Numbers, Rule},
};

/// A frame that looks like the last message, or like the last answer.
#[inline]
fn followed<'f, P: Platform + ?Sized>(memory: Option<&Described>, incoming: Incoming<'f>) -> Option<Inbound<'f>> {
    let (memory, text) = (memory?, incoming.text?);
    if const { tells_messages(P::SPEC.wire) }
        && let Some((channel, payload)) = memory.message.follow(text)
    {
        return Some(Inbound::message(Envelope::on(incoming.frame, text, channel, payload.start)));
    }
    if const { tells_answers(P::SPEC.wire) }
        && let Some((id, result)) = memory.answer.follow_number(text)
    {
        return Some(Inbound::Reply { id: id.parse().ok()?, result: Ok(&text[result]) });
    }
    None
}

/// Reads a frame.
pub(crate) fn receive<'f, P: Platform + ?Sized>(
    platform: &P,
    memory: Option<&mut Described>,
    incoming: Incoming<'f>,
) -> Result<Inbound<'f>> {
    let wire = P::SPEC.wire;
    if let Some(inbound) = followed::<P>(memory.as_deref(), incoming) {
        return Ok(inbound);
    }
    let whole = || Ok(Inbound::message(Envelope::whole(incoming.frame, incoming.text)));
    // Also where the codec is of a binary format: venues that speak one still say "pong" as text.
    let says = |text| incoming.text == Some(text) || incoming.frame.as_text() == Some(text);
    if ignored(wire).filter_map(|when| when.text).any(says) {
        return Ok(Inbound::Alive);
    }
    if wire.places.is_empty() {
        return whole();
    }
    let text = incoming.json()?;
    let mut found = Found::nothing();
    found.read(text, &wire.places).map_err(|error| json_rpc::malformed(text, error))?;
    let view = View { wire, found: &found, text };

    if let Some((when, send)) = wire.answers.iter().flatten().find(|(when, _)| view.is(when)) {
        return answer(platform, &view, when, send);
    }
    if ignored(wire).any(|when| view.is(when)) {
        return Ok(Inbound::Alive);
    }
    let id = view.at(wire.id).and_then(|id| plain(id).parse::<u64>().ok());
    if let Some(failure) = wire.failures.iter().flatten().find(|failure| view.is(&failure.when)) {
        return Ok(refused(platform, memory, &view, failure, id));
    }
    if let Some(id) = id {
        match wire.result {
            // An answer may have `null` for its result, so it is enough that the place is there.
            Some(result) => {
                if let Some(value) = found.raw(result.slot) {
                    if const { tells_answers(P::SPEC.wire) }
                        && let (Some(memory), Some(id)) = (memory, view.at(wire.id))
                    {
                        memory.answer.remember(text, id, value);
                    }
                    return Ok(Inbound::Reply { id, result: Ok(value) });
                }
            }
            None if view.pushed().is_none() => return Ok(Inbound::Reply { id, result: Ok(text) }),
            None => {}
        }
    }
    if let Some(login) = wire.login
        && login.ack.is_some_and(|when| view.is(&when))
    {
        if let Some(memory) = memory {
            memory.logging_in = false;
        }
        return Ok(Inbound::Auth(AuthResponse::accepted(login.life.and_then(|life| seconds(text, life)), "")));
    }
    if let Some(ack) = wire.acks.iter().flatten().find(|ack| view.is(&ack.when)) {
        let confirmed = view.at(Some(ack.channel)).map(channels).unwrap_or_default();
        let refused = view.at(ack.refused).map(channels).unwrap_or_default();
        let reason = "the venue does not serve it";
        let rejected = refused
            .into_iter()
            .map(|topic| (topic.clone(), Error::Subscription { topic: topic.into(), reason: reason.into() }))
            .collect();
        let response = SubscriptionResponse { confirmed, rejected, ..SubscriptionResponse::default() };
        if let Some(memory) = memory {
            memory.restart(&response.confirmed);
        }
        return Ok(Inbound::Subscription(response));
    }
    match view.pushed() {
        Some((channel, payload)) => {
            let shaped = const { tells_messages(P::SPEC.wire) };
            view.message(memory, shaped, incoming, channel, payload)
        }
        None => whole(),
    }
}

fn ignored(wire: &Wire) -> impl Iterator<Item = &Match> {
    wire.ignored.iter().flatten()
}

/// The channels of an acknowledgement: a string, or an array of strings.
pub(super) fn channels(value: &str) -> Vec<String> {
    serde_json::from_str(value).unwrap_or_else(|_| vec![plain(value).into_owned()])
}

fn answer<'f, P: Platform + ?Sized>(
    platform: &P,
    view: &View<'f, '_>,
    when: &Match,
    send: &str,
) -> Result<Inbound<'f>> {
    let filled = template::text(send, Kind::Json, &mut |name| {
        Ok(match name {
            "value" => view.at(when.at).map(|value| sound(view.text, value)).transpose()?,
            name => own(platform, name),
        })
    })?;
    Ok(Inbound::Reflex(Outgoing::json(filled).priority(Priority::Control)))
}

/// A value of the venue's that is sent back: the scanner checks no grammar, and what is sent is to be JSON.
fn sound(text: &str, value: &str) -> Result<Meaning<'static>> {
    let read: Result<IgnoredAny, _> = serde_json::from_str(value);
    read.map_err(|error| json_rpc::malformed(text, error))?;
    Ok(Meaning::Json(value.to_owned().into()))
}

/// What an error refuses: the call it answers, the channels it names, the login that is under way, or nothing in particular.
fn refused<'f, P: Platform + ?Sized>(
    platform: &P,
    memory: Option<&mut Described>,
    view: &View<'f, '_>,
    failure: &Failure,
    id: Option<u64>,
) -> Inbound<'f> {
    let at = view.at(failure.when.at);
    let code = match failure.code {
        Some(code) => view.at(Some(code)),
        None => at,
    };
    let code = code.and_then(|code| plain(code).parse().ok()).unwrap_or_default();
    let message = match failure.message {
        Some(message) => view.at(Some(message)),
        None => at.filter(|at| at.starts_with('"')),
    };
    let message = message.map_or(Cow::Borrowed(""), plain);
    let error = Error::Platform { class: platform.error_class(code), code, message: message.into(), data: None };
    if let Some(id) = id {
        return Inbound::Reply { id, result: Err(error) };
    }
    if let Some(refused) = view.at(failure.channel) {
        let rejected = channels(refused).into_iter().map(|topic| (topic, error.clone())).collect();
        return Inbound::Subscription(SubscriptionResponse::refused(rejected));
    }
    if memory.is_some_and(|memory| std::mem::take(&mut memory.logging_in)) {
        Inbound::Auth(AuthResponse::refused(error))
    } else {
        Inbound::Error(error)
    }
}

/// A frame and what was found in it.
struct View<'f, 'v> {
    wire: &'static Wire,
    found: &'v Found<'f>,
    text: &'f str,
}

impl<'f> View<'f, '_> {
    fn at(&self, at: Option<At>) -> Option<&'f str> {
        self.found.at(at?.slot)
    }

    fn is(&self, when: &Match) -> bool {
        let Some(value) = self.at(when.at) else { return false };
        let equal = |literal: &Literal| match literal {
            Literal::Text(text) => value.starts_with('"') && plain(value) == *text,
            Literal::Number(number) => value.parse() == Ok(*number),
            Literal::Flag(flag) => value == if *flag { "true" } else { "false" },
        };
        (when.is.is_empty() || when.is.iter().any(equal)) && !when.not.iter().any(equal)
    }

    /// A pushed message's channel, and where its payload starts.
    fn pushed(&self) -> Option<(&'f str, usize)> {
        let channel = self.at(Some(self.wire.channel?))?;
        let payload = match self.wire.payload {
            Some(payload) => self.found.raw(payload.slot)?.as_ptr() as usize - self.text.as_ptr() as usize,
            None => 0,
        };
        Some((channel, payload))
    }

    fn message(
        &self,
        mut memory: Option<&mut Described>,
        shaped: bool,
        incoming: Incoming<'f>,
        channel: &'f str,
        payload: usize,
    ) -> Result<Inbound<'f>> {
        let channel = plain(channel);
        if let (true, Some(memory), Cow::Borrowed(name)) = (shaped, &mut memory, &channel)
            && let Some(value) = self.wire.payload.and_then(|payload| self.found.raw(payload.slot))
        {
            memory.message.remember(self.text, name, value);
        }
        let continuity = match (memory, self.numbers()?) {
            (Some(memory), Some((rule, numbers))) => memory.follow(rule, &channel, numbers),
            _ => Continuity::Follows,
        };
        let envelope = match channel {
            Cow::Borrowed(channel) => Envelope::on(incoming.frame, self.text, channel, payload),
            Cow::Owned(channel) => Envelope::known(incoming.frame, self.text, channel.into(), payload),
        };
        Ok(Inbound::Message { envelope, continuity })
    }

    /// The numbers of a message, where it has them.
    fn numbers(&self) -> Result<Option<(Rule, Numbers)>> {
        let Some(sequence) = self.wire.sequence else { return Ok(None) };
        let number = |value: &str| {
            let wrong = || json_rpc::malformed(self.text, "its sequence number is no whole number");
            plain(value).parse::<u64>().map_err(|_| wrong())
        };
        let Some(at) = self.at(Some(sequence.at)) else { return Ok(None) };
        let numbers = Numbers {
            at: number(at)?,
            other: self.at(sequence.other).map(number).transpose()?,
            snapshot: sequence.snapshot.map(|when| self.is(&when)),
        };
        Ok(Some((sequence.rule, numbers)))
    }
}
