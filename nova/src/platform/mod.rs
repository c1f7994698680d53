//! Platforms: what a venue speaks. A platform does no I/O: it returns what to dial, what to send and what a frame means.
//!
//! The data half ([`PlatformSpec`]) is constants; the behaviour half ([`Platform`]) is methods with defaults that follow the
//! constants. What a venue must remember between frames lives in [`Platform::State`], which the engine owns.

#[cfg(feature = "bybit")]
pub mod bybit;
#[cfg(feature = "deribit")]
pub mod deribit;
mod described;
#[cfg(feature = "discord")]
pub mod discord;
pub mod echo;
#[cfg(feature = "ethereum")]
pub mod ethereum;
mod fetch;
mod inbound;
mod json_rpc;
pub mod jsonrpc;
mod presence;
#[cfg(feature = "slack")]
pub mod slack;
mod spec;

#[cfg(feature = "bybit")]
pub use bybit::Bybit;
#[cfg(feature = "deribit")]
pub use deribit::Deribit;
pub use described::{Ack, Ask, Cost, Described, Failure, Literal, Login, Match, Sequence, Sign, Wire};
pub(crate) use described::{check as check_described, logs_in_by_header};
#[cfg(feature = "discord")]
pub use discord::Discord;
pub use echo::Echo;
#[cfg(feature = "ethereum")]
pub use ethereum::Ethereum;
pub use fetch::{Fetch, Fetched};
pub use inbound::{Inbound, Incoming, Inquiry, LimitNews, SubscriptionResponse};
pub use jsonrpc::JsonRpc;
pub use presence::{Presence, PresenceNews};
#[cfg(feature = "slack")]
pub use slack::Slack;
pub use spec::{Bounds, LoginContext, Pool, Spec};

pub use crate::sequence::{Continuity, Rule};

use std::{borrow::Cow, time::Duration};

use secrecy::SecretString;

use crate::{
    auth::{AuthResponse, Credentials},
    codec::Codec,
    config::Config,
    error::{Error, ErrorClass, Result},
    frame::{CloseCode, Frame},
    message::{Outgoing, Params},
    scan,
    verdict::Reconnect,
};

/// The data half of a platform: constants. `derive(nova::Platform)` writes it, or you do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no platform",
    note = "name a built-in one (`platform = \"deribit\"`), or implement `nova::PlatformSpec` and `nova::Platform` for it"
)]
pub trait PlatformSpec: Send + Sync + 'static {
    /// The codec its frames are in.
    type Codec: Codec + Default;

    /// Everything about the venue that is data.
    const SPEC: Spec;

    /// What a placeholder of the platform's own stands for: a field of it that is named in an address or a template.
    fn placeholder(&self, name: &str) -> Option<Cow<'_, str>> {
        let _ = name;
        None
    }
}

/// What to dial.
#[derive(Clone)]
#[non_exhaustive]
pub enum Dial {
    /// This address, with these headers beside the builder's.
    Url(Cow<'static, str>),
    /// The address that is the answer to this request.
    Fetch(Fetch),
}

/// What to send when the heartbeat's timer fires.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Heartbeat {
    /// A WebSocket ping.
    Ping,
    /// A message of the venue's own.
    Send(Outgoing),
}

/// The behaviour half of a platform. Every method has a default that follows [`PlatformSpec::SPEC`].
///
/// Methods are called by the engine between two polls of the socket, so they must not block. The `State` they get is the
/// connection's memory; [`connected`](Self::connected) is where to forget what dies with a connection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no behaviour of a platform",
    label = "`overrides(Platform)` says there is one, or there is no derive",
    note = "leave `overrides(Platform)` out of its attribute to get one, or write `impl nova::Platform for {Self}`"
)]
pub trait Platform: PlatformSpec {
    /// What the venue's protocol has to remember. `()` where it is nothing.
    type State: Default + Send + 'static;

    /// Where the state keeps what a described protocol has to remember, if it does.
    ///
    /// The default finds it where the state is a [`Described`]. A state of your own that holds one returns that.
    fn described<'s>(&self, state: &'s mut Self::State) -> Option<&'s mut Described> {
        Described::within(state)
    }

    /// What to dial for this attempt.
    fn dial(&self, state: &mut Self::State) -> Dial {
        let _ = state;
        Dial::Url(described::url(self))
    }

    /// The headers of the upgrade request, beside the builder's. Where [`dial`](Self::dial) asks for the address, they are those of that
    /// request, and the upgrade has none of them.
    ///
    /// # Errors
    /// [`Error::Config`] where one cannot be made; the attempt fails with it.
    fn headers(
        &self,
        state: &mut Self::State,
        credentials: Option<&Credentials>,
        context: LoginContext<'_>,
    ) -> Result<Vec<(String, SecretString)>> {
        let _ = state;
        described::headers(self, credentials, context)
    }

    /// A new connection is up: forget what belonged to the one before.
    fn connected(&self, state: &mut Self::State) {
        if let Some(memory) = self.described(state) {
            memory.connected();
        }
    }

    /// How long the login of this connection is to wait from now on: venues admit only so many in a while. Asked once a connection.
    ///
    /// # Errors
    /// The attempt fails with it, before a login is made.
    fn login_delay(&self, state: &mut Self::State, context: LoginContext<'_>) -> Result<Duration> {
        let _ = (state, context);
        Ok(Duration::ZERO)
    }

    /// A connection, or an attempt at one, has ended with this error: what of the state it ends, and whether and when to dial again. The
    /// client's own [`should_reconnect`](crate::ErrorHandler::should_reconnect) has the first word, the strategy the last.
    fn ended(&self, state: &mut Self::State, error: &Error) -> Reconnect {
        let _ = (state, error);
        Reconnect::Default
    }

    /// The message that logs in, or `None` where the venue knows no login.
    fn login(&self, state: &mut Self::State, credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
        described::login(self, self.described(state), credentials, context)
    }

    /// The message that renews a login in place, or `None` where only a new login will do.
    fn refresh(&self, state: &mut Self::State, context: LoginContext<'_>) -> Option<Outgoing> {
        let _ = (state, context);
        None
    }

    /// Reads the answer to a login or refresh that was a call. `reply` is the result as JSON text.
    fn logged_in(&self, state: &mut Self::State, reply: Result<&str, Error>) -> AuthResponse {
        let _ = state;
        described::logged_in::<Self>(reply)
    }

    /// What every new connection needs before its first subscription, in order; each call must be answered.
    fn prepare(&self, state: &mut Self::State, config: &Config, logged_in: bool) -> Vec<Outgoing> {
        let _ = (state, config, logged_in);
        Vec::new()
    }

    /// Whether this channel needs a login; such channels are restored first.
    fn is_private(&self, channel: &str) -> bool {
        described::is_private::<Self>(channel)
    }

    /// The message that subscribes these channels.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the venue has no subscriptions.
    fn subscribe(&self, state: &mut Self::State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        described::ask(self, self.described(state), channels, Some(params))
    }

    /// The message that unsubscribes these channels.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the venue has no subscriptions.
    fn unsubscribe(&self, state: &mut Self::State, channels: &[&str]) -> Result<Outgoing> {
        described::ask(self, self.described(state), channels, None)
    }

    /// Reads the answer to a `subscribe` that was a call: which channels are in effect, which were refused.
    ///
    /// The default takes a successful answer as confirming everything that was asked for.
    fn subscribed(&self, state: &mut Self::State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        described::subscribed::<Self>(self.described(state), asked, reply)
    }

    /// The message that a data frame carries, where the venue packs its messages; `None` where it carries only a part of one.
    ///
    /// # Errors
    /// The connection is dialled anew: what would follow could not be unpacked either.
    fn unpack<'f>(&self, state: &mut Self::State, frame: &'f Frame) -> Result<Option<Cow<'f, Frame>>> {
        let _ = state;
        Ok(Some(Cow::Borrowed(frame)))
    }

    /// What a frame means.
    ///
    /// # Errors
    /// An error hands the frame to the client as undecodable; the connection lives on.
    fn receive<'f>(&self, state: &mut Self::State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        described::receive(self, self.described(state), incoming)
    }

    /// A frame that [`receive`](Self::receive) had kept back because it could not be understood yet, and that can be now; or one that the
    /// platform has made of something else, such as an element of a batch.
    ///
    /// The engine asks after each frame, each [`subscribed`](Self::subscribed) and each [`informed`](Self::informed), until there is
    /// none, and passes each through `receive` as if it had just come: a notification may come before the answer that says which topic
    /// it belongs to.
    fn held(&self, state: &mut Self::State) -> Option<Frame> {
        let _ = state;
        None
    }

    /// The next call that the platform makes for itself, once the connection is prepared: for what came while the link was down, for a
    /// snapshot. It waits for its turn under the venue's limits.
    ///
    /// Its answer comes to [`informed`](Self::informed), unless the connection is lost before; [`connected`](Self::connected) is where to
    /// forget what was asked on the one before.
    fn inquire(&self, state: &mut Self::State) -> Option<Inquiry> {
        let _ = state;
        None
    }

    /// The answer to an [`inquire`](Self::inquire): the result as JSON text, or why there is none. Says what it means, as of a frame; messages
    /// that follow from it come from [`held`](Self::held).
    fn informed(&self, state: &mut Self::State, tag: u64, reply: Result<&str, Error>) -> Inbound<'static> {
        let _ = (state, tag, reply);
        Inbound::Ignored
    }

    /// What the frame that [`receive`](Self::receive) has just read says of the venue's limits, beside what it means: how much is
    /// left, or that nothing more is admitted for a while. Asked once a frame.
    ///
    /// An error of the class [`RateLimited`](ErrorClass::RateLimited) needs no word here: it keeps everything back for a second.
    fn limit_news(&self, state: &mut Self::State) -> Option<LimitNews> {
        let _ = state;
        None
    }

    /// The wire form of a call. The default is JSON-RPC 2.0.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the venue has no calls.
    fn request(&self, id: u64, method: &str, params: Option<&str>) -> Result<Outgoing> {
        described::request(self, id, method, params)
    }

    /// The wire form of several calls in one frame, each as [`request`](Self::request) has written it. The elements of its answer come as
    /// frames of their own from [`held`](Self::held). The default knows none.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the venue takes one call a frame.
    fn batch(&self, requests: &[Outgoing]) -> Result<Outgoing> {
        let _ = requests;
        Err(Error::Unsupported { platform: Self::SPEC.name, what: "batches of calls" })
    }

    /// The wire form of a message that the venue acknowledges, with `id` or what stands for it. The acknowledgement, or the refusal, is then
    /// an [`Inbound::Reply`] with that number. The default knows none.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the venue acknowledges no messages.
    fn deliver(&self, id: u64, message: &Outgoing) -> Result<Outgoing> {
        let _ = (id, message);
        Err(Error::Unsupported { platform: Self::SPEC.name, what: "acknowledged delivery" })
    }

    /// The message that announces this client's own presence, or `None` where the venue knows none. Asked when the client announces it,
    /// and again on each new connection once it is ready, because venues forget it with the connection.
    fn announce(&self, state: &mut Self::State, status: &str) -> Option<Outgoing> {
        let _ = (state, status);
        None
    }

    /// What to send when the heartbeat's timer fires.
    fn heartbeat(&self, state: &mut Self::State) -> Heartbeat {
        let _ = state;
        described::ping(self).map_or(Heartbeat::Ping, Heartbeat::Send)
    }

    /// Which of [`Spec::pools`] a message takes from, and how much.
    fn cost(&self, outgoing: &Outgoing) -> (usize, u32) {
        described::cost::<Self>(outgoing)
    }

    /// What kind of reaction a close code calls for; `None` for nova's own table.
    fn close_class(&self, code: CloseCode) -> Option<ErrorClass> {
        described::close_class::<Self>(code)
    }

    /// What kind of reaction an error code of the venue calls for.
    fn error_class(&self, code: i64) -> ErrorClass {
        described::error_class::<Self>(code)
    }
}

impl std::fmt::Debug for Dial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // A query may hold a key.
            Self::Url(url) => write!(f, "Url({})", url.split('?').next().unwrap_or_default()),
            Self::Fetch(fetch) => fetch.fmt(f),
        }
    }
}
