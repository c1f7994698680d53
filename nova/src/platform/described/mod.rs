//! Platforms that are described rather than programmed: an interpreter of [`Wire`], which the defaults of
//! [`Platform`](crate::Platform) call.
//!
//! Of a frame it reads the places that the description names, in one pass over the text, and nothing else of it.

mod frame;
mod frames;
mod login;
mod places;
mod requests;
mod shape;
mod template;
mod wire;

pub use frames::{Ack, Failure, Literal, Match, Sequence};
pub use requests::{Ask, Cost, Login, Sign};
pub use wire::Wire;

pub(crate) use frame::receive;
pub(super) use login::{headers, logged_in, login};

use std::{any::Any, borrow::Cow, time::Duration};

use template::{Kind, Meaning};

use super::{PlatformSpec, SubscriptionResponse, json_rpc};
use crate::{
    auth::Credentials,
    error::{Error, ErrorClass, Result},
    flow::Priority,
    frame::CloseCode,
    message::{Outgoing, Params},
    scan::Shape,
    sequence::{Chains, Continuity, Numbers, Rule},
};

/// What is remembered of a venue that is described: where its channels' numbering stands, whether a login waits for its answer, and
/// what its last message and its last answer looked like.
#[derive(Debug, Default)]
pub struct Described {
    chains: Chains,
    logging_in: bool,
    message: Shape,
    answer: Shape,
}

impl Described {
    /// The memory in the state of a platform, where that is its whole state.
    pub(super) fn within<S: Any>(state: &mut S) -> Option<&mut Self> {
        (state as &mut dyn Any).downcast_mut()
    }

    pub(super) fn connected(&mut self) {
        *self = Self::default();
    }

    /// Whether a message follows the one before it on its channel.
    pub(super) fn follow(&mut self, rule: Rule, channel: &str, numbers: Numbers) -> Continuity {
        self.chains.follow(rule, channel, numbers)
    }

    /// Channels are subscribed anew: what comes now begins them.
    pub(super) fn restart(&mut self, channels: &[String]) {
        self.chains.restart(channels);
    }
}

const fn wire<P: PlatformSpec + ?Sized>() -> &'static Wire {
    P::SPEC.wire
}

/// Refuses what the description cannot work with: told before dialling.
pub(crate) fn check<P: PlatformSpec>(memory: bool, credentials: Option<&Credentials>) -> Result<()> {
    let (wire, name) = (wire::<P>(), P::SPEC.name);
    let remembers = wire.sequence.is_some() || wire.login.is_some_and(|login| login.ack.is_some());
    if remembers && !memory {
        let reason = format!(
            "what `{name}` describes needs a memory: its `State` is `nova::platform::Described`, or holds one and says so in `described`"
        );
        return Err(Error::config("platform", reason));
    }
    let Some(credentials) = credentials else { return Ok(()) };
    let templates = wire.login.map(|login| login.send).into_iter().chain(wire.headers.iter().map(|(_, value)| *value));
    let (mut token, mut key, mut secret) = (false, false, false);
    for template in templates.chain(wire.sign.map(|sign| sign.over)) {
        token |= template::has(template, "token");
        key |= template::has(template, "api_key") || template::has(template, "sign");
        secret |= template::has(template, "api_secret");
    }
    let wrong = match credentials {
        Credentials::Token(_) if key || secret => "a key and a secret: `Credentials::key(..)`",
        Credentials::Signed { .. } if secret => "the secret itself: `Credentials::key(..)`",
        Credentials::Key { .. } | Credentials::Signed { .. } if token => "a token: `Credentials::token(..)`",
        _ => return Ok(()),
    };
    Err(Error::config("credentials", format!("the login of `{name}` needs {wrong}")))
}

/// Whether the upgrade request is the whole login.
pub(crate) fn logs_in_by_header<P: PlatformSpec>() -> bool {
    let wire = wire::<P>();
    wire.login.is_none() && wire.headers.iter().any(|(_, value)| is_secret(value))
}

fn is_secret(template: &str) -> bool {
    ["api_key", "api_secret", "token", "sign"].iter().any(|name| template::has(template, name))
}

/// The address, with the platform's own values in it.
pub(super) fn url<P: PlatformSpec + ?Sized>(platform: &P) -> Cow<'static, str> {
    if !P::SPEC.url.contains('{') {
        return Cow::Borrowed(P::SPEC.url);
    }
    let filled = template::text(P::SPEC.url, Kind::Plain, &mut |name| Ok(own(platform, name)));
    // What cannot be filled is no address, and is refused as such.
    filled.map_or(Cow::Borrowed(P::SPEC.url), Cow::Owned)
}

fn own<'a, P: PlatformSpec + ?Sized>(platform: &'a P, name: &str) -> Option<Meaning<'a>> {
    platform.placeholder(name).map(Meaning::Text)
}

/// A place in a frame as a place in its result.
fn relative(wire: &Wire, pointer: &'static str) -> Option<&'static str> {
    wire.result.map_or(Some(pointer), |result| pointer.strip_prefix(result.pointer))
}

fn seconds(text: &str, pointer: &str) -> Option<Duration> {
    let value = places::plain(places::find(text, pointer)?).parse().ok()?;
    Duration::try_from_secs_f64(value).ok()
}

/// The request that subscribes or unsubscribes.
pub(super) fn ask<P: PlatformSpec + ?Sized>(
    platform: &P,
    memory: Option<&mut Described>,
    channels: &[&str],
    params: Option<&Params>,
) -> Result<Outgoing> {
    let (ask, label, what) = match params {
        Some(_) => (wire::<P>().subscribe, "subscribe", "subscriptions"),
        None => (wire::<P>().unsubscribe, "unsubscribe", "unsubscribing"),
    };
    let ask = ask.ok_or(Error::Unsupported { platform: P::SPEC.name, what })?;
    if params.is_some_and(|params| !params.is_empty()) && !template::has(ask.send, "params") {
        return Err(Error::Unsupported { platform: P::SPEC.name, what: "parameters of a subscription" });
    }
    if let (Some(memory), None) = (memory, params) {
        memory.chains.leave(channels);
    }
    let names: Vec<String> = channels.iter().map(|channel| (*channel).to_owned()).collect();
    let filled = template::fill(ask.send, Kind::Json, &mut |name| match (name, ask.each) {
        ("id", _) => Ok(Some(Meaning::Id)),
        ("channels", None) => Ok(Some(Meaning::List(names.clone()))),
        ("channels", Some(each)) => {
            let filled: Result<Vec<String>> = channels
                .iter()
                .map(|channel| template::text(each, Kind::Json, &mut |name| Ok(one(platform, channel, name))))
                .collect();
            Ok(Some(Meaning::Json(format!("[{}]", filled?.join(",")).into())))
        }
        ("params", _) => {
            let params = params.cloned().unwrap_or_default();
            Ok(Some(Meaning::Json(serde_json::Value::Object(params).to_string().into())))
        }
        (name, _) => Ok(one(platform, channels.first().copied().unwrap_or_default(), name)),
    })?;
    Ok(Outgoing::filled(label, filled))
}

/// What stands for a placeholder in a template of one channel.
fn one<'a, P: PlatformSpec + ?Sized>(platform: &'a P, channel: &'a str, name: &str) -> Option<Meaning<'a>> {
    if name == "channel" { Some(Meaning::Text(channel.into())) } else { own(platform, name) }
}

pub(super) fn subscribed<P: PlatformSpec + ?Sized>(
    memory: Option<&mut Described>,
    asked: &[&str],
    reply: Result<&str, Error>,
) -> SubscriptionResponse {
    let wire = wire::<P>();
    let listed = wire.subscribe.and_then(|ask| ask.listed).and_then(|pointer| relative(wire, pointer));
    let response = match (reply, listed) {
        (Ok(reply), Some(pointer)) => {
            let listed = places::find(reply, pointer).map(frame::channels).unwrap_or_default();
            SubscriptionResponse::listed(asked, listed, "the venue does not list it")
        }
        (reply, _) => SubscriptionResponse::all(asked, reply),
    };
    if let Some(memory) = memory {
        memory.restart(&response.confirmed);
    }
    response
}

/// The wire form of a call.
pub(super) fn request<P: PlatformSpec + ?Sized>(
    platform: &P,
    id: u64,
    method: &str,
    params: Option<&str>,
) -> Result<Outgoing> {
    let wire = wire::<P>();
    let described = !wire.places.is_empty();
    match wire.request {
        None if described && wire.id.is_none() => Err(Error::Unsupported { platform: P::SPEC.name, what: "calls" }),
        None => Ok(json_rpc::request(id, method, params)),
        Some(template) => {
            let filled = template::text(template, Kind::Json, &mut |name| {
                Ok(match name {
                    "id" => Some(Meaning::Number(id)),
                    "method" => Some(Meaning::Text(method.into())),
                    "params" => Some(Meaning::Json(params.unwrap_or("{}").into())),
                    name => own(platform, name),
                })
            })?;
            Ok(Outgoing::json(filled))
        }
    }
}

/// The heartbeat, where it is not a WebSocket ping.
pub(super) fn ping<P: PlatformSpec + ?Sized>(platform: &P) -> Option<Outgoing> {
    let wire = wire::<P>();
    if let Some(text) = wire.ping_text {
        return Some(Outgoing::from(text).priority(Priority::Control));
    }
    let filled = template::fill(wire.ping?, Kind::Json, &mut |name| {
        Ok(if name == "id" { Some(Meaning::Id) } else { own(platform, name) })
    });
    Some(Outgoing::filled("ping", filled.ok()?).priority(Priority::Control))
}

pub(super) fn is_private<P: PlatformSpec + ?Sized>(channel: &str) -> bool {
    wire::<P>().private.iter().any(|pattern| fits(pattern, channel))
}

/// The pool a message takes from, and how much.
pub(super) fn cost<P: PlatformSpec + ?Sized>(outgoing: &Outgoing) -> (usize, u32) {
    let costs = wire::<P>().costs;
    let named = outgoing
        .what()
        .and_then(|method| costs.iter().find(|cost| cost.methods.iter().any(|pattern| fits(pattern, method))));
    let cost = named.or_else(|| costs.iter().find(|cost| cost.methods.is_empty()));
    cost.map_or((0, u32::from(costs.is_empty())), |cost| (cost.pool, cost.units))
}

fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |stem| name.starts_with(stem))
}

pub(super) fn close_class<P: PlatformSpec + ?Sized>(code: CloseCode) -> Option<ErrorClass> {
    wire::<P>().close_codes.iter().find(|(known, _)| *known == code.0).map(|(_, class)| *class)
}

pub(super) fn error_class<P: PlatformSpec + ?Sized>(code: i64) -> ErrorClass {
    let known = wire::<P>().error_codes.iter().find(|(known, _)| *known == code);
    known.map_or(ErrorClass::Platform, |(_, class)| *class)
}
