//! What a callback may do, and what it would have got: [`Context`] for async callbacks, [`View`] for decisions, [`Lent`] for those
//! that need the platform's state. Never the socket, never the machine.

mod batch;
mod inherited;
mod lent;
mod view;

pub use batch::{Answer, Batch};
pub use inherited::Inherited;
pub use lent::{InheritedLent, Lent};
pub use view::{InheritedView, View};

use std::{
    fmt,
    pin::Pin,
    sync::atomic::Ordering,
    task::{self, Poll},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use crate::{
    client::Client,
    codec::Codec,
    config::{Config, Overflow},
    error::{Error, Result},
    flow::SharedLimiter,
    frame::CloseCode,
    message::{Item, Outgoing, Topic},
    shared::{Command, Patience, Shared, Status, Weight, lock},
    state::State,
};

/// What an async callback may do while it runs.
pub struct Context<'a, C: Client> {
    shared: &'a Shared<C>,
    config: &'a Config,
}

impl<'a, C: Client> Context<'a, C> {
    pub(crate) fn new(shared: &'a Shared<C>, config: &'a Config) -> Self {
        Self { shared, config }
    }

    /// What the platform, the profile and the strategy would have done.
    pub fn inherited(&self) -> Inherited<'a, C> {
        Inherited::new(self.shared, self.config)
    }

    /// The settings as they stand.
    pub fn config(&self) -> &'a Config {
        self.config
    }

    /// The platform.
    pub fn platform(&self) -> &'a C::Platform {
        &self.shared.platform
    }

    /// The limits of this client's account: for what a message says of them.
    pub fn limiter(&self) -> SharedLimiter {
        self.shared.outbox().budget.limiter().clone()
    }

    /// The state the client is in.
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// Sends without waiting: it is in the buffer, or in its queue under the client's send policy, when this returns.
    ///
    /// # Errors
    /// [`Error::NotReady`] under `fail_fast`, [`Error::RateLimited`], [`Error::OutboundFull`], [`Error::Encode`]: nothing was sent.
    pub fn send(&self, outgoing: impl Into<Outgoing>) -> Result {
        self.shared.submit(outgoing.into(), None, Patience::None).map(|_| ())
    }

    /// Calls a remote procedure and waits for its answer. Other messages wait meanwhile; heartbeats and replies do not.
    ///
    /// # Errors
    /// [`Error::Platform`] where the venue refused, [`Error::Timeout`] and [`Error::Disconnected`] with the call's outcome, and those
    /// of [`send`](Self::send).
    ///
    /// # Cancel safety
    /// Dropping the future frees the call's slot; what was sent stays sent.
    pub fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: impl Serialize,
    ) -> impl Future<Output = Result<R>> + Send {
        let shared = self.shared;
        let outgoing = Outgoing::call(method.to_owned(), &params);
        async move { shared.ask(outgoing?)?.read(method).await }
    }

    /// Gathers calls that leave together in one frame; see [`Batch`].
    pub fn batch(&self) -> Batch<'a, C> {
        Batch::new(self.shared)
    }

    /// Hands a message to `next()`; dropped where nobody listens. The streams of single topics have theirs already.
    pub fn deliver(&self, message: C::Message) {
        let bytes = self.shared.weight.load(Ordering::Relaxed);
        let key = Shared::<C>::conflates(self.config).then(|| lock(&self.shared.key).clone()).flatten();
        let weight = Weight { bytes, key: key.as_deref() };
        self.shared.deliver(Item::Message(message), weight, self.config);
    }

    /// Wants a topic: asked for at once, and again on each new connection. What the venue says to it comes to
    /// `handle_subscription_response`; one that cannot even be asked for, to `handle_error`.
    pub fn subscribe(&self, topic: impl Into<Topic>) {
        self.shared.command(Command::Subscribe { topic: topic.into(), done: None });
    }

    /// Wants a topic no more.
    pub fn unsubscribe(&self, topic: impl Into<String>) {
        self.shared.command(Command::Unsubscribe { topic: topic.into(), done: None });
    }

    /// Closes a hole in a topic that you have found yourself as [`Resync::Resubscribe`](crate::Resync::Resubscribe) would: it is
    /// unsubscribed and subscribed again as it was, and what comes then is told as a [`Gap`](crate::Gap) first. Nothing happens where
    /// the topic is not in effect.
    pub fn resync(&self, topic: impl Into<String>) {
        self.shared.command(Command::Resync { topic: topic.into() });
    }

    /// Drops the link and dials again, soon: also while this callback is still pending.
    pub fn reconnect(&self) {
        self.shared.command(Command::Reconnect);
    }

    /// Closes the client, soon: also while this callback is still pending, which then has until the close deadline.
    pub fn close(&self) {
        self.shared.command(Command::Close { code: CloseCode::NORMAL, reason: String::new() });
    }
}

impl<C: Client> fmt::Debug for Context<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("client", &C::NAME).field("state", &self.state()).finish_non_exhaustive()
    }
}

impl<C: Client> Shared<C> {
    /// Reads the answer to a call.
    fn read<R: DeserializeOwned>(&self, method: &str, text: &str) -> Result<R> {
        let read = self.codec.decode_text(text);
        read.map_err(|reason| Error::decode(method.to_owned(), reason, text.as_bytes()))
    }

    /// Sends something that is answered.
    pub(crate) fn ask(&self, outgoing: Outgoing) -> Result<Answered<'_, C>> {
        let (answer, told) = oneshot::channel();
        let (_, id) = self.submit(outgoing, Some(answer), Patience::Waits)?;
        Ok(Answered { slot: Slot { shared: self, id }, told })
    }

    /// What somebody who still waits is told when nothing comes any more.
    pub(crate) fn ended(&self) -> Error {
        self.status.read(Status::ended).unwrap_or(Error::ClientClosed)
    }

    /// Whether messages may be conflated, so that what each is the latest of has to be known.
    pub(crate) fn conflates(config: &Config) -> bool {
        config.backpressure.overflow == Overflow::Conflate || C::OVERRIDES.contains(&"BackpressureHandler")
    }

    /// Puts an item into the client's inbox.
    pub(crate) fn deliver(&self, item: Item<C::Message>, weight: Weight<'_>, config: &Config) {
        self.inbox.push(item, weight, |queue| (self.hooks.overflow)(queue, View::new(&self.platform, config)));
    }
}

/// The answer to a call, to be waited for.
pub(crate) struct Answered<'a, C: Client> {
    slot: Slot<'a, C>,
    told: oneshot::Receiver<Result<String>>,
}

impl<C: Client> Answered<'_, C> {
    /// Waits for it, and reads it.
    pub(crate) async fn read<R: DeserializeOwned>(mut self, method: &str) -> Result<R> {
        let text = (&mut self).await?;
        self.slot.shared.read(method, &text)
    }
}

impl<C: Client> Future for Answered<'_, C> {
    type Output = Result<String>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Result<String>> {
        Pin::new(&mut self.told).poll(cx).map(|told| {
            self.slot.id = None;
            told.unwrap_or_else(|_| Err(self.slot.shared.ended()))
        })
    }
}

/// Frees a call's slot when its caller goes away before the answer.
struct Slot<'a, C: Client> {
    shared: &'a Shared<C>,
    id: Option<u64>,
}

impl<C: Client> Drop for Slot<'_, C> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shared.outbox().forget(id);
        }
    }
}
