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

fn name<'f>(members: &mut Members<'f>) -> Result<Cow<'f, str>, ScanError> {
    let at = members.offset();
    unquote(members.value()?).ok_or(ScanError { at, expected: "a channel's name" })
}

impl<'f> Pushed<'f> {
    /// Reads a notification whose parameters start at byte `params`, up to the payload if the channel stands before it.
    pub(super) fn read(text: &'f str, params: usize) -> Result<Self, ScanError> {
        let mut members = Members::at(text, params)?;
        let (mut channel, mut data) = (None, None);
        while let Some(key) = members.key()? {
            match &*key {
                "channel" => channel = Some(name(&mut members)?),
                "data" => data = Some(members.offset()),
                _ => {}
            }
            if let (Some(channel), Some(data)) = (&mut channel, data) {
                return Ok(Self { channel: std::mem::take(channel), data });
            }
        }
        Err(ScanError { at: members.offset(), expected: "a channel and its data before the end of the parameters" })
    }
}

impl State {
    /// A notification that has its channel where the last one had.
    #[inline(always)]
    pub(super) fn followed<'f>(&self, text: &'f str) -> Option<Pushed<'f>> {
        let (channel, data) = self.route.follow(text)?;
        Some(Pushed { channel: Cow::Borrowed(channel), data })
    }

    /// A notification whose parameters start at byte `params`. `stopped`: whether the method stands before them.
    pub(super) fn found<'f>(
        &mut self,
        incoming: Incoming<'f>,
        text: &'f str,
        (params, stopped): (usize, bool),
    ) -> Result<Inbound<'f>> {
        let pushed = Pushed::read(text, params).map_err(|error| malformed(text, error))?;
        if let (true, Cow::Borrowed(channel)) = (stopped, &pushed.channel) {
            self.route.remember(text, channel, pushed.data);
        }
        self.pushed(incoming, text, pushed)
    }

    #[inline(always)]
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

#[inline(always)]
pub(super) fn envelope<'f>(incoming: Incoming<'f>, text: &'f str, channel: Cow<'f, str>, data: usize) -> Envelope<'f> {
    match channel {
        Cow::Borrowed(channel) => Envelope::on(incoming.frame, text, channel, data),
        Cow::Owned(channel) => Envelope::known(incoming.frame, text, channel.into(), data),
    }
}
