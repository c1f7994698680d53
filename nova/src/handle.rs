//! What the user holds: any number of handles of one client, all of them alike.
//!
//! No call here hangs: each has a deadline, and each is told when the client ends. Dropping the last handle closes the client in the
//! background.

mod flow;
mod stream;
mod topics;
mod watch;

pub use stream::TopicStream;
pub use topics::Subscribed;
pub use watch::StateWatch;

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{Stream, stream::unfold};
use serde::Serialize;
use tokio::{sync::oneshot, task::yield_now};

use crate::{
    client::{Client, described},
    codec::{Codec, Payload},
    config::{Changes, Config, Layer, Overflow, Patch},
    context::Batch,
    describe::Description,
    error::{Error, Result},
    flow::SharedLimiter,
    frame::{CloseCode, Frame},
    message::{Item, Outgoing},
    shared::{Command, Patience, Shared, Status, Submitted, lock},
    state::{Closed, State, Transition},
    telemetry::{EventGroup, Events, MetricsCollector, Trace},
};

/// A handle of a running client. Clones are alike and share one inbox.
///
/// Works on across reconnects; after the end every call answers at once with [`Error::ClientClosed`] or [`Error::Ended`].
pub struct Handle<C: Client> {
    inner: Arc<Inner<C>>,
}

struct Inner<C: Client> {
    shared: Arc<Shared<C>>,
}

impl<C: Client> Handle<C> {
    pub(crate) fn new(shared: Arc<Shared<C>>) -> Self {
        Self { inner: Arc::new(Inner { shared }) }
    }

    fn shared(&self) -> &Arc<Shared<C>> {
        &self.inner.shared
    }

    /// What happened so far, for tests to ask.
    #[cfg(feature = "test")]
    pub(crate) fn journal(&self) -> &crate::telemetry::Journal {
        &self.shared().telemetry.journal
    }

    /// Calls a remote procedure.
    ///
    /// # Errors
    /// [`Error::Platform`] where the venue refused; [`Error::Timeout`] and [`Error::Disconnected`] with the call's outcome;
    /// [`Error::NotReady`], [`Error::RateLimited`], [`Error::OutboundFull`], [`Error::Evicted`]: nothing was sent;
    /// [`Error::Decode`] where the answer is not an `R`.
    ///
    /// # Cancel safety
    /// Dropping the future frees the call's slot; what was sent stays sent.
    pub async fn call<R: Payload>(&self, method: &str, params: impl Serialize) -> Result<R> {
        self.shared().ask(Outgoing::call(method.to_owned(), &params)?)?.read(method).await
    }

    /// The same for a call made by hand, with its own priority or deadline.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub async fn request<R: Payload>(&self, outgoing: Outgoing) -> Result<R> {
        let method = outgoing.method().unwrap_or("a call").to_owned();
        self.shared().ask(outgoing.callable()?)?.read(&method).await
    }

    /// Gathers calls that leave together in one frame, where the venue takes such; see [`Batch`].
    pub fn batch(&self) -> Batch<'_, C> {
        Batch::new(self.shared())
    }

    /// Sends; resolves when it is in the buffer of the connection, in the order of the calls.
    ///
    /// A buffer that is full because the peer reads too slowly is waited for until the deadline, unless `connection.send` is `fail_fast`.
    /// A loop of sends lets the client's task write every 128 KiB, on a runtime of one thread too.
    ///
    /// # Errors
    /// [`Error::NotReady`] and [`Error::OutboundFull`] under `fail_fast`, [`Error::RateLimited`], [`Error::Evicted`], [`Error::Encode`],
    /// [`Error::Timeout`] where there was no room in time: nothing was sent.
    ///
    /// # Cancel safety
    /// It is sent or waits already when the future is first pending; dropping it then changes nothing.
    pub async fn send(&self, outgoing: impl Into<Outgoing>) -> Result {
        // Not by `?`: what is taken out of a result is moved, right after it was written.
        match self.shared().submit(outgoing.into(), None, Patience::Waits) {
            Ok((Submitted::Sent, _)) => Ok(()),
            Ok((Submitted::SentMuch, _)) => {
                yield_now().await;
                Ok(())
            }
            Ok((Submitted::Waiting(told), _)) => told.await.unwrap_or_else(|_| Err(self.shared().ended())),
            Err(error) => Err(error),
        }
    }

    /// Sends a value of your own, written by the client's codec.
    ///
    /// # Errors
    /// [`Error::Encode`] where the codec cannot write it, and those of [`send`](Self::send).
    ///
    /// # Cancel safety
    /// As [`send`](Self::send).
    pub async fn send_value<T: Serialize + ?Sized + Sync>(&self, value: &T) -> Result {
        match self.shared().codec.encode(value)? {
            Frame::Text(text) => self.send(text).await,
            frame => self.send(Outgoing::from(frame.payload().to_vec())).await,
        }
    }

    /// The next item; `None` after the end.
    ///
    /// The inbox opens with the first `subscribe`, `next` or `items`: what came before is not kept, what comes behind a subscription's
    /// confirmation is never missed.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&self) -> Option<Item<C::Message>> {
        self.shared().inbox.open();
        let item = self.shared().inbox.next().await;
        self.rouse();
        item
    }

    /// The same as a `Stream`.
    pub fn items(&self) -> impl Stream<Item = Item<C::Message>> + Send + use<C> {
        self.shared().inbox.open();
        unfold(self.clone(), |handle| async move { handle.next().await.map(|item| (item, handle)) })
    }

    /// The limits of this client's account, shared or its own: to change them, and for what is known of them elsewhere.
    pub fn limiter(&self) -> SharedLimiter {
        self.shared().outbox().budget.limiter().clone()
    }

    /// The state the client is in.
    pub fn state(&self) -> State {
        self.shared().state()
    }

    /// Follows the state.
    pub fn watch(&self) -> StateWatch {
        StateWatch::new(self.shared().status.follow())
    }

    /// Listens to what happens in the client, from now on: to what the settings tell (`telemetry(..)`).
    pub fn events(&self) -> Events {
        self.shared().telemetry.listen()
    }

    /// The same for some groups of events: `events().only(groups)`.
    pub fn events_of(&self, groups: impl IntoIterator<Item = EventGroup>) -> Events {
        self.events().only(groups)
    }

    /// How long the last heartbeat's answer took; `None` before the first.
    pub fn latency(&self) -> Option<Duration> {
        self.shared().telemetry.latency()
    }

    /// The metrics collector, where there is one and it is of this type.
    pub fn metrics<M: MetricsCollector>(&self) -> Option<Arc<M>> {
        self.shared().telemetry.metrics()
    }

    /// The steps between states so far: the last 1,024.
    pub fn history(&self) -> Vec<Transition> {
        self.shared().telemetry.history()
    }

    /// What happened in the client so far, with times and causes: to be searched, exported, and asked [`why`](Trace::why).
    ///
    /// ```
    /// # async fn run<C: nova::Client>(desk: nova::Handle<C>) -> std::io::Result<()> {
    /// let trace = desk.trace();
    /// println!("{}", trace.why().unwrap_or_else(|| "never disconnected".into()));
    /// std::fs::write("desk.trace.json", trace.chrome())?;
    /// # Ok(()) }
    /// ```
    pub fn trace(&self) -> Trace {
        self.shared().telemetry.trace()
    }

    /// The settings as they stand.
    pub fn config(&self) -> Arc<Config> {
        self.shared().config.load_full()
    }

    /// Changes settings while the client runs: checked whole, taken over between two messages, or refused whole. The answer tells of
    /// each key when it takes effect. Later changes lie over earlier ones.
    ///
    /// ```
    /// # async fn run<C: nova::Client>(desk: nova::Handle<C>) -> nova::Result {
    /// let calmer = nova::Patch::new().set("reconnect.max_delay", "2m")?.set("connection.timeout", "3s")?;
    /// println!("{}", desk.plan(&calmer)); // reconnect.max_delay: 30s → 2m, applied ..
    /// desk.configure(calmer).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] naming the key that cannot be: nothing was changed. Otherwise only where the client is over.
    ///
    /// # Cancel safety
    /// Dropping the future does not take the change back.
    pub async fn configure(&self, patch: Patch) -> Result<Changes> {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Configure { patch: Box::new(patch), done });
        told.await.unwrap_or_else(|_| Err(self.shared().ended()))
    }

    /// What [`configure`](Self::configure) would come to: a dry run. Every key that cannot be is named, with its reason.
    pub fn plan(&self, patch: &Patch) -> Changes {
        let layers = lock(&self.shared().layers);
        layers.plan(Layer::Runtime, &patch.over(layers.patch(Layer::Runtime)), patch, &self.config()).0
    }

    /// What this client is made of and does, with the settings as they stand; see [`Description`].
    pub fn describe(&self) -> Description
    where
        C::Platform: Default,
    {
        described::<C>(self.shared().services.told::<C>(), (Config::clone(&self.config()), None))
    }

    /// Waits until the client is ready. Returns at once if it is.
    ///
    /// Has no deadline of its own: as long as profile and strategy go on trying, so does this. Wrap it in a time-out for one.
    ///
    /// # Errors
    /// The error that ended the client.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn wait_ready(&self) -> Result {
        let settled = |status: &Status| status.state.is_ready() || status.state.is_terminal();
        let status = self.shared().status.wait_for(settled).await;
        if status.state.is_ready() { Ok(()) } else { Err(status.end.unwrap_or(Error::ClientClosed)) }
    }

    /// Drops the link and dials again at once, whatever delay is running; only the pace of attempts (30 a minute) may hold it back.
    ///
    /// # Errors
    /// Only where the client is over.
    pub fn reconnect_now(&self) -> Result {
        self.alive()?;
        self.shared().command(Command::Reconnect);
        Ok(())
    }

    /// Closes the circuit breaker and forgets what it has counted: a client that is [`Suspended`](State::Suspended) dials at once.
    ///
    /// # Errors
    /// Only where the client is over.
    pub fn reset_breaker(&self) -> Result {
        self.alive()?;
        self.shared().command(Command::ResetBreaker);
        Ok(())
    }

    /// Closes the client: what was accepted is sent, then the close handshake is made, all within `connection.close_timeout`. Works in
    /// every state; a second call gets the same answer.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the closing.
    pub async fn close(&self) -> Closed {
        self.close_with(CloseCode::NORMAL, "").await
    }

    /// The same with a close code and a reason. A code that must not be sent (1005, 1006, 1015) leaves the frame without code; the
    /// reason is cut to 123 bytes.
    ///
    /// # Cancel safety
    /// As [`close`](Self::close).
    pub async fn close_with(&self, code: CloseCode, reason: impl Into<String>) -> Closed {
        self.shared().command(Command::Close { code, reason: reason.into() });
        let status = self.shared().status.wait_for(|status| status.state.is_terminal()).await;
        if status.clean { Closed::Clean } else { Closed::Unclean }
    }

    /// Ends the client at once: what was not written is not sent, the peer gets no close frame, and a callback that is pending is
    /// dropped. Whoever waits is told. For an end in order there is [`close`](Self::close).
    pub fn abort(&self) {
        self.shared().command(Command::Abort);
    }

    /// There is room again: under `block` reading may rest for want of it, and the client may want to know.
    fn rouse(&self) {
        let may_rest = self.shared().config.load().backpressure.overflow == Overflow::Block
            || C::OVERRIDES.contains(&"BackpressureHandler");
        if may_rest || self.shared().inbox.has_news() {
            self.shared().task.wake();
        }
    }

    fn alive(&self) -> Result {
        self.shared().status.read(Status::ended).map_or(Ok(()), Err)
    }
}

impl<C: Client> Clone for Handle<C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<C: Client> Drop for Inner<C> {
    fn drop(&mut self) {
        self.shared.command(Command::Close { code: CloseCode::NORMAL, reason: String::new() });
    }
}

impl<C: Client> fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("client", &C::NAME).field("state", &self.state()).finish_non_exhaustive()
    }
}
