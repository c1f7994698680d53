//! Channels: asking for them, reading which are in effect, and finding the channel of a notification.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{State, book};
use crate::{
    error::{Error, ErrorClass, Result},
    flow::Priority,
    message::{Envelope, Outgoing, Params},
    platform::{
        Inbound, Incoming, SubscriptionResponse,
        json_rpc::malformed,
        scan::{Members, ScanError, unquote},
    },
    sequence::{Continuity, Rule},
};

/// The method of a channel's notifications.
pub(super) const METHOD: &str = "subscription";

/// A `raw` interval was asked for without a login; nothing of the request is in effect.
const RAW_NEEDS_LOGIN: i64 = 13_778;

pub(super) fn is_private(channel: &str) -> bool {
    channel.starts_with("user.")
}

fn is_raw(channel: &str) -> bool {
    channel.rsplit_once('.').is_some_and(|(_, interval)| interval == "raw")
}

/// `verb` these channels: always as a list, with whatever else was given (`label`).
pub(super) fn request(verb: &str, channels: &[&str], params: &Params) -> Result<Outgoing> {
    let scope = if channels.iter().any(|channel| is_private(channel)) { "private" } else { "public" };
    let mut params = params.clone();
    params.insert("channels".to_owned(), json!(channels));
    Ok(Outgoing::call(format!("{scope}/{verb}"), &Value::Object(params))?.priority(Priority::Subscribe))
}

pub(super) fn subscribed(asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
    match reply {
        Ok(text) => match serde_json::from_str::<Vec<String>>(text) {
            Ok(listed) => SubscriptionResponse::listed(
                asked,
                listed,
                "Deribit does not list it as subscribed: its name is wrong, or this login may not read it",
            ),
            Err(error) => {
                let error = Error::decode("the answer to a subscription", error, text.as_bytes());
                SubscriptionResponse::all(asked, Err(error))
            }
        },
        Err(Error::Platform { code: RAW_NEEDS_LOGIN, message, data, .. }) => {
            let refusal = |channel: &str| {
                if is_raw(channel) {
                    let reason = "a `raw` interval needs a login (13778): give credentials, or take `100ms`";
                    Error::Subscription { topic: channel.into(), reason: reason.into() }
                } else {
                    // Only its company was wrong: it is asked for again, without.
                    let (class, code) = (ErrorClass::Transient, RAW_NEEDS_LOGIN);
                    Error::Platform { class, code, message: message.clone(), data: data.clone() }
                }
            };
            let rejected = asked.iter().map(|channel| ((*channel).to_owned(), refusal(channel))).collect();
            SubscriptionResponse::refused(rejected)
        }
        Err(error) => SubscriptionResponse::all(asked, Err(error)),
    }
}

/// Where a notification's channel and payload are.
#[derive(Debug)]
pub(super) struct Pushed<'f> {
    channel: Cow<'f, str>,
    data: usize,
}

/// The bytes up to the last notification's channel.
///
/// A scanner that goes left to right is in the same state behind the same bytes. So a message that starts with them needs no
/// scan: one comparison, and the channel is found.
#[derive(Debug, Default)]
pub(super) struct Route {
    prefix: String,
}

impl Route {
    /// Longer beginnings are not worth keeping.
    const LONGEST: usize = 128;

    /// Reads a notification that begins as the last one did.
    pub(super) fn again<'f>(&self, text: &'f str) -> Result<Option<Pushed<'f>>, ScanError> {
        if self.prefix.is_empty() || !text.starts_with(&*self.prefix) {
            return Ok(None);
        }
        let mut members = Members::before_value(text, self.prefix.len());
        let channel = name(&mut members)?;
        Pushed::read(members, Some(channel)).map(|(pushed, _)| Some(pushed))
    }

    /// Reads a notification whose parameters start at byte `params`. `stopped`: whether the method stands before them.
    pub(super) fn find<'f>(&mut self, text: &'f str, params: usize, stopped: bool) -> Result<Pushed<'f>, ScanError> {
        let (pushed, channel_at) = Pushed::read(Members::at(text, params)?, None)?;
        if stopped && channel_at < pushed.data && channel_at <= Self::LONGEST {
            text[..channel_at].clone_into(&mut self.prefix);
        }
        Ok(pushed)
    }
}

fn name<'f>(members: &mut Members<'f>) -> Result<Cow<'f, str>, ScanError> {
    let at = members.offset();
    unquote(members.value()?).ok_or(ScanError { at, expected: "a channel's name" })
}

impl<'f> Pushed<'f> {
    /// Reads up to the payload, if the channel stands before it; also where the channel stands.
    fn read(mut members: Members<'f>, channel: Option<Cow<'f, str>>) -> Result<(Self, usize), ScanError> {
        let (mut channel, mut channel_at, mut data) = (channel, 0, None);
        while let Some(key) = members.key()? {
            match &*key {
                "channel" => {
                    channel_at = members.offset();
                    channel = Some(name(&mut members)?);
                }
                "data" => data = Some(members.offset()),
                _ => {}
            }
            if let (Some(_), Some(data)) = (&channel, data) {
                let channel = channel.unwrap_or_default();
                return Ok((Self { channel, data }, channel_at));
            }
        }
        Err(ScanError { at: members.offset(), expected: "a channel and its data before the end of the parameters" })
    }
}

impl State {
    pub(super) fn pushed<'f>(
        &mut self,
        incoming: Incoming<'f>,
        text: &'f str,
        pushed: Pushed<'f>,
    ) -> Result<Inbound<'f>> {
        let continuity = if book::is_chained(&pushed.channel) {
            let numbers = book::read(text, pushed.data).map_err(|error| malformed(text, error))?;
            self.books.follow(Rule::PrevId, &pushed.channel, numbers)
        } else {
            Continuity::Follows
        };
        Ok(Inbound::Message { envelope: envelope(incoming, text, pushed.channel, pushed.data), continuity })
    }
}

pub(super) fn envelope<'f>(incoming: Incoming<'f>, text: &'f str, channel: Cow<'f, str>, data: usize) -> Envelope<'f> {
    match channel {
        Cow::Borrowed(channel) => Envelope::on(incoming.frame, text, channel, data),
        Cow::Owned(channel) => Envelope::known(incoming.frame, text, channel.into(), data),
    }
}
