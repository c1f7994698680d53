//! Subscriptions that the server numbers: its numbers on one side, stable topics on the other.
//!
//! A number is good for one connection. A notification may come before the answer that tells its number; it is kept until then.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    error::{Error, ErrorClass, Result},
    flow::Priority,
    frame::Frame,
    message::{Envelope, Outgoing, Params},
    platform::{
        Inbound, SubscriptionResponse,
        json_rpc::{malformed, platform_error},
        scan::{Members, Route, ScanError, place, unquote},
    },
};

/// Notifications kept for answers that are still to come, and their bytes.
const HELD: usize = 256;
const HELD_BYTES: usize = 1024 * 1024;

/// The three methods of the convention.
#[derive(Clone, Debug)]
pub(super) struct Convention {
    pub(super) subscribe: Cow<'static, str>,
    pub(super) unsubscribe: Cow<'static, str>,
    pub(super) notification: Cow<'static, str>,
}

/// What is remembered of a connection: the server's numbers, and what came before them.
#[derive(Debug, Default)]
pub struct State {
    /// By the number as JSON text: 5 and "5" are two.
    pub(super) topics: HashMap<String, Arc<str>>,
    asked: HashSet<String>,
    leaving: HashSet<String>,
    held: VecDeque<(String, Frame)>,
    held_bytes: usize,
    /// The rest of a batch that has come.
    elements: VecDeque<Frame>,
    /// Where the last notification had its number, if that is a string.
    route: Route,
}

impl State {
    /// A batch has come: each of its elements is a message.
    pub(super) fn unfold(&mut self, elements: Vec<&str>) {
        self.elements.extend(elements.into_iter().map(Frame::text));
    }

    pub(super) fn subscribe(&mut self, by: &Convention, channels: &[&str], params: &Params) -> Result<Outgoing> {
        let topic = single(channels)?;
        if params.is_empty() { self.ask(by, topic, &[topic]) } else { self.ask(by, topic, &json!([topic, params])) }
    }

    /// Asks for a topic with these arguments, whatever it is called here.
    pub(super) fn ask(
        &mut self,
        by: &Convention,
        topic: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Outgoing> {
        let call = Outgoing::call(by.subscribe.clone(), arguments)?;
        self.leaving.remove(topic);
        self.asked.insert(topic.to_owned());
        Ok(call.priority(Priority::Subscribe))
    }

    pub(super) fn unsubscribe(&mut self, by: &Convention, channels: &[&str]) -> Result<Outgoing> {
        let topic = single(channels)?;
        let unknown =
            || Error::Subscription { topic: topic.into(), reason: "the server has given no number to it".into() };
        let id =
            self.topics.iter().find(|(_, known)| &***known == topic).map(|(id, _)| id.clone()).ok_or_else(unknown)?;
        self.topics.remove(&id);
        self.leaving.insert(topic.to_owned());
        let id = RawValue::from_string(id).map_err(|_| unknown())?;
        Ok(Outgoing::call(by.unsubscribe.clone(), &[id])?.priority(Priority::Subscribe))
    }

    pub(super) fn subscribed(&mut self, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        let left = asked.iter().filter(|topic| self.leaving.remove(**topic)).count() == asked.len();
        for topic in asked {
            self.asked.remove(*topic);
        }
        let (Ok(result), Ok(topic), false) = (&reply, single(asked), left) else {
            return SubscriptionResponse::all(asked, reply);
        };
        let refused = match id(result) {
            None => "the server's answer is no number of a subscription",
            Some(id) => match self.topics.get(&*id) {
                Some(other) if **other != *topic => "the server gave it the number of another topic",
                _ => {
                    self.topics.insert(id.into_owned(), topic.into());
                    return SubscriptionResponse::all(asked, reply);
                }
            },
        };
        SubscriptionResponse::listed(asked, Vec::new(), refused)
    }

    /// A notification that has its number where the last one had, and a topic.
    #[inline]
    pub(super) fn followed(&self, text: &str) -> Option<(&Arc<str>, usize)> {
        let (number, payload) = self.route.follow(text)?;
        let number = place(text, number)?;
        let topic = self.topics.get(text.get(number.start - 1..=number.end)?)?;
        Some((topic, payload))
    }

    /// A notification of the convention, whose parameters start at byte `at`. `stopped`: whether its method stands before them.
    pub(super) fn pushed<'f>(
        &mut self,
        frame: &'f Frame,
        text: &'f str,
        (at, stopped): (usize, bool),
        class: impl Fn(i64) -> ErrorClass,
    ) -> Result<Inbound<'f>> {
        let pushed = Pushed::read(text, at).map_err(|error| malformed(text, error))?;
        let id = id(pushed.id).ok_or_else(|| malformed(text, "its subscription is neither a string nor a number"))?;
        let Some(topic) = self.topics.get(&*id) else { return self.hold(id, text) };
        Ok(match pushed.payload {
            Payload::Result(at) => {
                let number = pushed.id.strip_prefix('"').and_then(|id| id.strip_suffix('"'));
                if let (true, Some(number), Cow::Borrowed(_)) = (stopped, number, &id) {
                    self.route.remember(text, number, at);
                }
                Inbound::message(Envelope::known(frame, text, topic.clone(), at))
            }
            Payload::Error(error) => {
                let rejected = vec![(topic.to_string(), platform_error(error, class))];
                self.topics.remove(&*id);
                Inbound::Subscription(SubscriptionResponse::refused(rejected))
            }
        })
    }

    /// Without a subscribe under way, a number that is not known is one that was left.
    fn hold<'f>(&mut self, id: Cow<'_, str>, text: &str) -> Result<Inbound<'f>> {
        if self.asked.is_empty() {
            return Ok(Inbound::Ignored);
        }
        if self.held.len() == HELD || self.held_bytes + text.len() > HELD_BYTES {
            // The answers are not coming. Told once: what comes now is taken for what was left.
            self.asked.clear();
            self.forget_held();
            return Err(malformed(
                text,
                "its subscription is still not known, and those that waited with it are dropped",
            ));
        }
        self.held_bytes += text.len();
        // A copy: the frame would keep the whole read buffer.
        self.held.push_back((id.into_owned(), Frame::text(text)));
        Ok(Inbound::Ignored)
    }

    /// The next element of a batch, or notification that was kept and can be delivered now.
    pub(super) fn held(&mut self) -> Option<Frame> {
        if let Some(element) = self.elements.pop_front() {
            return Some(element);
        }
        let known = self.held.iter().position(|(id, _)| self.topics.contains_key(id));
        if let Some((_, frame)) = known.and_then(|at| self.held.remove(at)) {
            self.held_bytes -= frame.len();
            return Some(frame);
        }
        if self.asked.is_empty() {
            self.forget_held();
        }
        None
    }

    fn forget_held(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
    }

    #[cfg(test)]
    pub(super) fn is_empty_of_held(&self) -> bool {
        self.held.is_empty() && self.held_bytes == 0
    }
}

fn single<'t>(topics: &[&'t str]) -> Result<&'t str> {
    match topics {
        [topic] => Ok(topic),
        _ => Err(Error::Unsupported { platform: "jsonrpc", what: "several topics in one request" }),
    }
}

/// A subscription's number as it stands in the text, strings without needless escapes.
fn id(text: &str) -> Option<Cow<'_, str>> {
    if !text.starts_with('"') {
        return serde_json::from_str::<serde_json::Number>(text).ok().map(|_| Cow::Borrowed(text));
    }
    Some(match unquote(text)? {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(plain) => Cow::Owned(Value::from(plain).to_string()),
    })
}

struct Pushed<'f> {
    id: &'f str,
    payload: Payload<'f>,
}

#[derive(Clone, Copy)]
enum Payload<'f> {
    /// Where it starts.
    Result(usize),
    Error(&'f str),
}

impl<'f> Pushed<'f> {
    fn read(text: &'f str, at: usize) -> Result<Self, ScanError> {
        let mut members = Members::at(text, at)?;
        let (mut id, mut payload) = (None, None);
        while let Some(key) = members.key()? {
            match &*key {
                "subscription" => id = Some(members.value()?),
                "result" => payload = Some(Payload::Result(members.offset())),
                "error" => payload = Some(Payload::Error(members.value()?)),
                _ => {}
            }
            // Nothing behind the start of the payload is needed once the number is known.
            if let (Some(id), Some(payload)) = (id, payload) {
                return Ok(Self { id, payload });
            }
        }
        Err(ScanError {
            at: members.offset(),
            expected: "`subscription` and `result` before the end of the parameters",
        })
    }
}
