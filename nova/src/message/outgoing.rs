//! What a client sends, before a codec and a socket make bytes of it.

use std::{any::TypeId, borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    codec::{Codec, Json},
    error::{Error, Result},
    flow::Priority,
    frame::Text,
};

/// Further parameters of a subscription, such as a depth; usually none.
pub type Params = Map<String, Value>;

/// Something to send: text, bytes, a JSON value, or a call that the platform puts into its own form.
///
/// ```
/// use nova::Outgoing;
///
/// let text = Outgoing::from("hello");
/// let bytes = Outgoing::from(vec![1_u8, 2, 3]);
/// let json = Outgoing::from(serde_json::json!({"op": "ping"}));
/// let call = Outgoing::call("public/test", &serde_json::json!({}))?;
/// # Ok::<(), nova::Error>(())
/// ```
#[derive(Clone)]
pub struct Outgoing {
    pub(crate) body: Body,
    priority: Priority,
    idempotent: bool,
    timeout: Option<Duration>,
    /// What a platform's own request is for, where it bears no method.
    label: Option<&'static str>,
    cost: Option<u32>,
    /// Whether the venue is to acknowledge it.
    acknowledged: bool,
    /// What the venue waits for it by.
    answering: Option<Arc<str>>,
}

/// The forms of an [`Outgoing`].
#[derive(Clone)]
pub(crate) enum Body {
    /// Sent as it is.
    Text(Text),
    /// Sent as it is.
    Binary(Bytes),
    /// JSON text, which the codec puts into its format.
    Json(String),
    /// A request that wants an answer; the platform gives it its form once it has a number.
    Call { method: Cow<'static, str>, params: Option<String> },
    /// JSON text that wants an answer: its number stands between the pieces.
    Numbered { pieces: Vec<String> },
}

impl Outgoing {
    fn new(body: Body) -> Self {
        Self {
            body,
            priority: Priority::Query,
            idempotent: false,
            timeout: None,
            label: None,
            cost: None,
            acknowledged: false,
            answering: None,
        }
    }

    /// A call of a remote procedure, numbered by nova and answered by the venue.
    ///
    /// # Errors
    /// [`Error::Encode`] where `params` cannot be written as JSON.
    pub fn call(method: impl Into<Cow<'static, str>>, params: &(impl Serialize + ?Sized)) -> Result<Self> {
        let method = method.into();
        let params = serde_json::to_string(params)
            .map_err(|error| Error::Encode { what: method.clone(), reason: error.to_string().into() })?;
        Ok(Self::new(Body::Call { method, params: Some(params) }))
    }

    /// A call whose parameters are written already.
    pub(super) fn call_json(method: Cow<'static, str>, params: String) -> Self {
        Self::new(Body::Call { method, params: Some(params) })
    }

    /// A call without parameters.
    pub fn call_bare(method: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Body::Call { method: method.into(), params: None })
    }

    /// A JSON text that is already written.
    pub fn json(text: impl Into<String>) -> Self {
        Self::new(Body::Json(text.into()))
    }

    /// A filled template of a platform: a call, if it has a number.
    pub(crate) fn filled(label: &'static str, mut pieces: Vec<String>) -> Self {
        let body = match pieces.len() {
            0 | 1 => Body::Json(pieces.pop().unwrap_or_default()),
            _ => Body::Numbered { pieces },
        };
        Self { label: Some(label), ..Self::new(body) }
    }

    /// The same, to be acknowledged by the venue.
    pub(crate) fn acknowledged(mut self) -> Self {
        self.acknowledged = true;
        self.label = self.label.or(Some("a delivery"));
        self
    }

    /// Whether the venue is to acknowledge it.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.acknowledged
    }

    /// Whether the venue says something back, and so it gets a number.
    #[inline]
    pub(crate) fn is_answered(&self) -> bool {
        self.acknowledged || matches!(self.body, Body::Call { .. } | Body::Numbered { .. })
    }

    /// What it is counted as: its method, or what it is for.
    pub(crate) fn what(&self) -> Option<&str> {
        self.method().or(self.label)
    }

    /// The same, to be kept; empty where it is not counted by name.
    pub(crate) fn into_title(self) -> Cow<'static, str> {
        match self.body {
            Body::Call { method, .. } => method,
            _ => self.label.unwrap_or_default().into(),
        }
    }

    /// How urgent it is; [`Priority::Query`] where nothing else is said.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Says that executing it twice does no harm. A call whose link is lost before its answer comes is then sent again on the next
    /// connection, once on each, as long as its deadline allows; without this nova sends nothing twice.
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// A deadline of its own instead of `connection.request_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What it costs in the venue's limits instead of what the platform's table says: units of the limiter, 0 for nothing.
    pub fn cost(mut self, cost: u32) -> Self {
        self.cost = Some(cost);
        self
    }

    /// The method, if it is a call.
    pub fn method(&self) -> Option<&str> {
        match &self.body {
            Body::Call { method, .. } => Some(method),
            _ => None,
        }
    }

    /// Itself, if it is a call.
    pub(crate) fn callable(self) -> Result<Self> {
        if self.method().is_some() { Ok(self) } else { Err(not_a_call()) }
    }

    /// The payload as text: the text itself, or a call's parameters.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Json(text) => Some(text),
            Body::Call { params, .. } => params.as_deref(),
            Body::Binary(_) | Body::Numbered { .. } => None,
        }
    }

    /// The text of its frame, where a client with this codec sends it as it is.
    pub(crate) fn written<K: Codec>(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Json(text) if TypeId::of::<K>() == TypeId::of::<Json>() => Some(text),
            _ => None,
        }
    }

    /// Whether it answers nothing, and nothing has to be kept of it once it is written.
    pub(crate) fn is_ordinary(&self) -> bool {
        self.answering.is_none() && !self.idempotent
    }

    /// How urgent it is.
    pub fn urgency(&self) -> Priority {
        self.priority
    }

    /// Whether it may be sent twice.
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    /// Says that it is what the venue waits for under this key, as a platform's [`Inbound::Asked`](crate::Inbound::Asked) has it. It is then
    /// sent once, in time and on the connection that asked, or refused with [`Error::Evicted`].
    pub fn answering(mut self, key: impl Into<Arc<str>>) -> Self {
        self.answering = Some(key.into());
        self
    }

    /// What it answers.
    pub(crate) fn answers(&self) -> Option<&Arc<str>> {
        self.answering.as_ref()
    }

    /// Its own cost, if it has one.
    pub fn price(&self) -> Option<u32> {
        self.cost
    }

    /// Its own deadline, if it has one.
    pub fn deadline(&self) -> Option<Duration> {
        self.timeout
    }
}

/// What cannot be called is told this.
pub(crate) fn not_a_call() -> Error {
    let reason = "only `Outgoing::call` makes something that is answered; use `send` for this";
    Error::Encode { what: "a call".into(), reason: reason.into() }
}

impl From<Value> for Outgoing {
    fn from(value: Value) -> Self {
        Self::json(value.to_string())
    }
}

impl From<&str> for Outgoing {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Outgoing {
    fn from(text: String) -> Self {
        Self::from(Text::from(text))
    }
}

impl From<Text> for Outgoing {
    fn from(text: Text) -> Self {
        Self::new(Body::Text(text))
    }
}

impl From<Bytes> for Outgoing {
    fn from(bytes: Bytes) -> Self {
        Self::new(Body::Binary(bytes))
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

/// Shows what it is and how long, never its content: a login is an `Outgoing` too.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, len) = match &self.body {
            Body::Text(text) => ("text", text.len()),
            Body::Binary(bytes) => ("binary", bytes.len()),
            Body::Json(text) => ("json", text.len()),
            Body::Call { params, .. } => ("call", params.as_ref().map_or(0, String::len)),
            Body::Numbered { pieces } => ("call", pieces.iter().map(String::len).sum()),
        };
        f.debug_struct("Outgoing")
            .field("kind", &kind)
            .field("method", &self.method())
            .field("bytes", &len)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}
