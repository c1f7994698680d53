//! Any JSON-RPC 2.0 server: calls, notifications, and the usual convention of subscriptions if the server has it.

mod error;
mod subscription;
#[cfg(test)]
mod tests;

pub use error::CODES;
pub use subscription::State;

use std::borrow::Cow;

use subscription::Convention;

use super::{
    Bounds, Inbound, Incoming, Platform, PlatformSpec, Spec, SubscriptionResponse,
    json_rpc::{self, Message},
};
use crate::{
    codec::Json,
    error::{Error, ErrorClass, Result},
    frame::Frame,
    message::{Envelope, Outgoing, Params},
};

/// A JSON-RPC 2.0 server; the address comes from `.url(..)`.
///
/// A notification is a message on the channel of its method's name, its `params` are the payload. A server that wants a token
/// with each call (aria2: `"token:.."`) gets it as the first parameter, from you.
///
/// Many servers number their subscriptions by a convention of three methods. Named here, topics work as on any platform: the
/// topic is the first parameter of the subscribing method, and its messages come on the channel of that name, whatever
/// number the server gives it on this connection.
///
/// ```
/// let node = nova::platform::JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
/// # let _ = node;
/// ```
#[derive(Clone, Debug, Default)]
pub struct JsonRpc {
    convention: Option<Convention>,
    classes: &'static [(i64, ErrorClass)],
}

impl JsonRpc {
    /// A server with calls and notifications.
    pub fn new() -> Self {
        Self::default()
    }

    /// With subscriptions: the methods that subscribe and unsubscribe, and the method of the notifications.
    pub fn subscriptions(
        mut self,
        subscribe: impl Into<Cow<'static, str>>,
        unsubscribe: impl Into<Cow<'static, str>>,
        notification: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.convention = Some(Convention {
            subscribe: subscribe.into(),
            unsubscribe: unsubscribe.into(),
            notification: notification.into(),
        });
        self
    }

    /// What this server means by its error codes, before [`CODES`].
    pub fn codes(mut self, classes: &'static [(i64, ErrorClass)]) -> Self {
        self.classes = classes;
        self
    }

    /// The message that subscribes a topic with these arguments, for platforms whose topics are not called as they are asked for.
    #[cfg(feature = "ethereum")]
    pub(super) fn ask(
        &self,
        state: &mut State,
        topic: &str,
        arguments: &(impl serde::Serialize + ?Sized),
    ) -> Result<Outgoing> {
        state.ask(self.convention()?, topic, arguments)
    }

    fn convention(&self) -> Result<&Convention> {
        let what = "subscriptions (name its methods with `JsonRpc::subscriptions`)";
        self.convention.as_ref().ok_or(Error::Unsupported { platform: Self::SPEC.name, what })
    }
}

impl PlatformSpec for JsonRpc {
    type Codec = Json;

    // One topic a request: the convention has one number in each answer.
    const SPEC: Spec = Spec::new("jsonrpc", "").bounds(Bounds::new().chunk(1));
}

impl Platform for JsonRpc {
    type State = State;

    fn connected(&self, state: &mut State) {
        *state = State::default();
    }

    fn subscribe(&self, state: &mut State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        state.subscribe(self.convention()?, channels, params)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        state.unsubscribe(self.convention()?, channels)
    }

    fn subscribed(&self, state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        state.subscribed(asked, reply)
    }

    fn batch(&self, requests: &[Outgoing]) -> Result<Outgoing> {
        Ok(json_rpc::batch(requests))
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = incoming.json()?;
        if let Some((topic, payload)) = state.followed(text) {
            return Ok(Inbound::message(Envelope::known(incoming.frame, text, topic.clone(), payload)));
        }
        if let Some(elements) = json_rpc::elements(text)? {
            state.unfold(elements);
            return Ok(Inbound::Ignored);
        }
        let pushed = self.convention.as_ref().map_or("", |convention| &convention.notification);
        Ok(match json_rpc::read(text, pushed, |code| self.error_class(code))? {
            Message::Reply { id, result } => Inbound::Reply { id, result },
            Message::Request(answer) => Inbound::Reflex(answer),
            Message::Error(error) => Inbound::Error(error),
            Message::Notification { method, params: Some(params), stopped }
                if !pushed.is_empty() && method == pushed =>
            {
                state.pushed(incoming.frame, text, (params, stopped), |code| self.error_class(code))?
            }
            Message::Notification { method, params, .. } => {
                let params = params.unwrap_or(text.len());
                Inbound::message(match method {
                    Cow::Borrowed(method) => Envelope::on(incoming.frame, text, method, params),
                    Cow::Owned(method) => Envelope::known(incoming.frame, text, method.into(), params),
                })
            }
        })
    }

    fn held(&self, state: &mut State) -> Option<Frame> {
        state.held()
    }

    fn error_class(&self, code: i64) -> ErrorClass {
        error::class(self.classes, code)
    }
}
