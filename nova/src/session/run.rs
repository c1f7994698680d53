//! The task of a client: waits for what the engine has seen and calls the callback it is for.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    attend::{Attended, ask, ask_each, attend},
    engine::{Engine, overrides},
    pressure::key,
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    client::Client,
    config::{Config, OnPanics},
    context::{Context, Lent, View},
    error::{Error, Result},
    message::{Gap, Item, Message, Raw},
    reconnect::Recent,
    shared::{Inbox, Shared, Weight, lock},
    state::Cause,
    telemetry::Event,
    time::Instant,
    verdict::{Flow, Recovery, Resync},
};

/// So many panics of handlers within this time are what `breaker.panics` decides about (P20).
const PANICS: (usize, Duration) = (3, Duration::from_secs(60));

/// A stream of one topic.
type Stream<C> = Arc<Inbox<<C as Client>::Message>>;

/// Calls a callback with the engine behind it; `None` if it panicked (which is reported) or was abandoned at the end.
///
/// A macro, because a function that took the callback as an async closure could not promise that its future is `Send`.
macro_rules! call {
    ($engine:ident, $shared:ident, $client:ident . $callback:ident ( $($argument:expr),* )) => {{
        let config = $engine.settings.clone();
        call!($engine, $shared, &config, $client.$callback($($argument),*))
    }};
    ($engine:ident, $shared:ident, $config:expr, $client:ident . $callback:ident ( $($argument:expr),* )) => {{
        let mut cx = Context::new(&$shared, $config);
        match attend($engine, pin!($client.$callback($($argument,)* &mut cx))).await {
            Attended::Done(done) => Some(done),
            Attended::Panicked => {
                $engine.report(Error::Panicked { callback: stringify!($callback) });
                None
            }
            Attended::Abandoned => None,
        }
    }};
}

/// Runs a client to its end.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function keeps its arguments twice: as they came, and as it uses them"
)]
pub(crate) fn run<C: Handlers>(mut client: C, mut engine: Engine<C>) -> impl Future<Output = ()> + Send {
    async move {
        let (client, engine) = (&mut client, &mut engine);
        let shared = engine.shared.clone();
        let _end = End(shared.clone());
        Box::pin(start(client, engine, &shared)).await;
        let mut config = engine.settings.clone();
        loop {
            if !engine.at_hand() {
                match poll_fn(|cx| engine.poll(cx, client)).await {
                    Seen::End => return,
                    Seen::Message => {}
                    seen => {
                        // What comes seldom has its room only while it lasts.
                        Box::pin(serve(client, engine, &shared, seen)).await;
                        engine.unsettled = true;
                        continue;
                    }
                }
            }
            if !Arc::ptr_eq(&config, &engine.settings) {
                config = engine.settings.clone();
            }
            if overrides::<C>("ConnectionHandler")
                && let Some(raw) = engine.next.take()
            {
                if !passes(client, engine, &shared, &raw).await {
                    continue;
                }
                engine.next = Some(raw);
            }
            let mut message = None;
            read(engine, &shared, &config, &mut message);
            let Some(message) = message else { continue };
            if let Some(Err(error)) = call!(engine, shared, &config, client.handle_message(message)) {
                engine.report(error);
            }
            engine.note_pressure();
        }
    }
}

/// Whatever ends the task, everybody who waits is told that nothing comes any more.
struct End<C: Handlers>(Arc<Shared<C>>);

impl<C: Handlers> Drop for End<C> {
    fn drop(&mut self) {
        self.0.abandon();
        self.0.inbox.end();
        self.0.streams.end();
        self.0.telemetry.end();
    }
}

async fn start<C: Handlers>(client: &mut C, engine: &mut Engine<C>, shared: &Arc<Shared<C>>) {
    match call!(engine, shared, client.init()) {
        Some(Err(error)) => engine.give_up(error, Instant::now()),
        _ => engine.start(),
    }
}

/// Why a message is not handed on.
enum Refused {
    Undecodable(Box<(Raw, Error)>),
    Invalid(Error),
}

/// Reads the message whose turn it is as what the client is called with, for the streams too. What is wrong with it is told.
#[inline]
fn read<C: Handlers>(
    engine: &mut Engine<C>,
    shared: &Arc<Shared<C>>,
    config: &Arc<Config>,
    message: &mut Option<C::Message>,
) {
    let Some(raw) = &engine.next else { return };
    let bytes = raw.bytes();
    let key = key(shared, config, raw);
    let streamed = (!shared.streams.is_empty()).then(|| raw.clone());
    let read = ask_each(|callback| {
        *callback = "decode";
        let Some(raw) = engine.next.take() else { return Ok(()) };
        let message = message.insert(C::Message::from_raw(raw, &shared.codec).map_err(Refused::Undecodable)?);
        let view = View::new(&shared.platform, config);
        if shared.telemetry.tells_messages()
            && let Ok(name) = ask("message_type", || C::message_type(message, view))
        {
            shared.telemetry.message(name, bytes);
        }
        *callback = "validate_message";
        C::validate_message(message, view).map_err(Refused::Invalid)
    });
    match read {
        Ok(Ok(())) => {}
        Ok(Err(Refused::Undecodable(unread))) => return undecodable(engine, shared, *unread),
        Ok(Err(Refused::Invalid(error))) | Err(error) => {
            *message = None;
            return engine.report(error);
        }
    }
    if let Some(raw) = streamed {
        deliver_to_streams(shared, config, &raw, key.as_deref());
    }
    shared.weight.store(bytes, Ordering::Relaxed);
    if Shared::<C>::conflates(config) {
        *lock(&shared.key) = key.map(Into::into);
    }
}

/// Whether `handle_frame` lets a frame through.
async fn passes<C: Handlers>(client: &mut C, engine: &mut Engine<C>, shared: &Arc<Shared<C>>, raw: &Raw) -> bool {
    if !overrides::<C>("ConnectionHandler") {
        return true;
    }
    match call!(engine, shared, client.handle_frame(raw.frame())) {
        Some(Ok(Flow::Continue)) => true,
        Some(Ok(Flow::Consumed)) | None => false,
        Some(Err(error)) => {
            engine.report(error);
            false
        }
    }
}

fn undecodable<C: Handlers>(engine: &mut Engine<C>, shared: &Arc<Shared<C>>, (raw, error): (Raw, Error)) {
    let config = engine.settings.clone();
    let key = key(shared, &config, &raw);
    let weight = Weight { bytes: raw.bytes(), key: key.as_deref() };
    if let Some(channel) = raw.channel().filter(|_| !shared.streams.is_empty()) {
        let view = View::<C>::new(&shared.platform, &config);
        for stream in shared.streams.of(channel) {
            stream.push(Item::Undecodable(raw.clone(), error.clone()), weight, |queue| C::overflow(queue, view));
        }
    }
    shared.deliver(Item::Undecodable(raw.clone(), error.clone()), weight, &config);
    engine.report(error);
}

/// Independent streams each get a reading of their own: a message need not be cloneable.
fn deliver_to_streams<C: Handlers>(shared: &Arc<Shared<C>>, config: &Config, raw: &Raw, key: Option<&str>) {
    let Some(channel) = raw.channel() else { return };
    let weight = Weight { bytes: raw.bytes(), key };
    let view = View::<C>::new(&shared.platform, config);
    for stream in shared.streams.of(channel) {
        let item = match ask("decode", || C::Message::decode(&raw.envelope(), &shared.codec)).and_then(|read| read) {
            Ok(message) => Item::Message(message),
            Err(error) => Item::Undecodable(raw.clone(), error),
        };
        stream.push(item, weight, |queue| C::overflow(queue, view));
    }
}

/// Everything a callback must be told but messages.
async fn serve<C: Handlers>(client: &mut C, engine: &mut Engine<C>, shared: &Arc<Shared<C>>, seen: Seen) {
    match seen {
        Seen::Step(transition) => {
            call!(engine, shared, client.handle_state(&transition));
        }
        Seen::Connected(info) => match call!(engine, shared, client.handle_connect(&info)) {
            Some(Err(error)) => engine.failed_of(info.epoch, error),
            _ => engine.greeted(info.epoch),
        },
        Seen::Disconnected(disconnect) => {
            call!(engine, shared, client.handle_disconnect(&disconnect));
        }
        Seen::Login { epoch, refresh } => login(client, engine, shared, epoch, refresh).await,
        Seen::Auth { epoch, response } => {
            let accepted = call!(engine, shared, client.handle_auth_response(&response));
            let panicked = Err(Error::Panicked { callback: "handle_auth_response" });
            engine.login_decided_of(epoch, response, accepted.unwrap_or(panicked));
        }
        Seen::Dropped(dropped) => {
            let streams = match &dropped.topic {
                Some(topic) => shared.streams.of(topic),
                None if dropped.mixed => shared.streams.all(),
                None => Vec::new(),
            };
            deliver_in_band(shared, streams, || Item::Dropped(dropped.clone()));
        }
        Seen::Undecodable(unread) => {
            if passes(client, engine, shared, &unread.0).await {
                undecodable(engine, shared, *unread);
            }
        }
        Seen::Gap(gap) => self::gap(client, engine, shared, gap).await,
        Seen::Subscription(response) => {
            if let Some(Err(error)) = call!(engine, shared, client.handle_subscription_response(&response)) {
                engine.report(error);
            }
        }
        Seen::Error { error, of_link } => self::error(client, engine, shared, error, of_link).await,
        Seen::Beat(beat) => {
            call!(engine, shared, client.handle_heartbeat(&beat));
        }
        Seen::Limited(limited) => {
            call!(engine, shared, client.handle_limited(&limited));
        }
        Seen::Pressure(pressure) => {
            call!(engine, shared, client.handle_pressure(&pressure));
        }
        Seen::Node(transition) => {
            call!(engine, shared, client.handle_node_transition(&transition));
        }
        Seen::Update(update) => {
            call!(engine, shared, client.handle_cluster_update(&update));
        }
        Seen::Sync => {
            if let Some(snapshot) = call!(engine, shared, client.prepare_state_sync()) {
                engine.publish(snapshot);
            }
        }
        // The loop's own.
        Seen::Message | Seen::Kept(_) | Seen::End => {}
    }
}

async fn login<C: Handlers>(
    client: &mut C,
    engine: &mut Engine<C>,
    shared: &Arc<Shared<C>>,
    epoch: u64,
    refresh: bool,
) {
    let Some(credentials) = engine.secrets.credentials().cloned() else { return };
    if !engine.is_current(epoch) {
        return;
    }
    let made: Option<Result<_>> = call!(engine, shared, client.generate_auth_data(&credentials));
    let made = made.unwrap_or(Err(Error::Panicked { callback: "generate_auth_data" }));
    engine.send_login_of(epoch, made, refresh);
}

/// Tells of what happened to messages, where they go.
fn deliver_in_band<C: Handlers>(shared: &Shared<C>, streams: Vec<Stream<C>>, item: impl Fn() -> Item<C::Message>) {
    let config = shared.config.load();
    shared.deliver(item(), Weight::default(), &config);
    let view = View::<C>::new(&shared.platform, &config);
    for stream in streams {
        stream.push(item(), Weight::default(), |queue| C::overflow(queue, view));
    }
}

async fn gap<C: Handlers>(client: &mut C, engine: &mut Engine<C>, shared: &Arc<Shared<C>>, gap: Gap) {
    deliver_in_band(shared, shared.streams.of(&gap.topic), || Item::Gap(gap.clone()));
    let resync = call!(engine, shared, client.handle_gap(&gap));
    // A hole of a connection that is gone was closed by the next one.
    if resync == Some(Resync::Resubscribe) && engine.is_current(gap.epoch) {
        engine.resync(&gap.topic);
    }
}

async fn error<C: Handlers>(
    client: &mut C,
    engine: &mut Engine<C>,
    shared: &Arc<Shared<C>>,
    error: Error,
    of_link: bool,
) {
    // The end of a connection is logged where it is decided about.
    if !of_link {
        engine.log(client, &error);
    }
    let config = shared.config.load_full();
    let mut cx = Context::new(shared, &config);
    let recovery = match attend(engine, pin!(client.handle_error(&error, &mut cx))).await {
        Attended::Done(recovery) => recovery,
        Attended::Panicked => {
            // Reporting it would call this again.
            let panicked = Error::Panicked { callback: "handle_error" };
            shared.telemetry.emit(Event::Error(panicked.clone()));
            engine.tolerate(panicked, Instant::now());
            Recovery::Continue
        }
        Attended::Abandoned => Recovery::Continue,
    };
    let now = Instant::now();
    match recovery {
        Recovery::Stop => engine.give_up(error, now),
        // What ended a connection has been decided about: another is on its way, or there already.
        Recovery::Reconnect | Recovery::Continue if of_link => {}
        Recovery::Reconnect => engine.reconnect_over(error, now),
        Recovery::Continue => engine.tolerate(error, now),
    }
}

impl<C: Handlers> Engine<C> {
    /// Writes an error to the log, as the client has it.
    fn log(&mut self, client: &mut C, error: &Error) {
        let shared = self.shared.clone();
        let config = self.config();
        let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
        // A panic over an error is not told as one: that would call this again.
        let _ = ask("log_error", || client.log_error(error, &mut lent));
    }

    /// A fresh connection after an error that did not end the present one. Where there is none, another is on its way by itself.
    fn reconnect_over(&mut self, error: Error, now: Instant) {
        if self.leg.is_some() {
            self.reconnect(Cause::Error(error), now);
        }
    }

    /// Lives on after an error that ended no connection, if the strategy says so, and the settings where it is one panic of many.
    fn tolerate(&mut self, error: Error, now: Instant) {
        if matches!(error, Error::Panicked { .. }) && self.panics.note(PANICS, now) {
            self.panics = Recent::default();
            match self.config().breaker.panics {
                OnPanics::Stop => return self.give_up(error, now),
                OnPanics::Reconnect => return self.reconnect_over(error, now),
                OnPanics::Continue => {}
            }
        }
        let config = self.config();
        let class = ask("classify", || C::classify(&error, View::new(&self.shared.platform, &config)));
        let class = class.unwrap_or_else(|_| error.class());
        if !(self.decisions.tolerates)(&error, class) {
            self.give_up(error, now);
        }
    }

    /// A connection was refused by a handler.
    fn failed_of(&mut self, epoch: u64, error: Error) {
        if self.is_current(epoch) {
            self.failed(error, Instant::now());
        }
    }

    /// Tells the other nodes this one's state.
    fn publish(&self, snapshot: crate::StateSnapshot) {
        if let Some(membership) = &self.cluster {
            membership.voice.publish(snapshot);
        }
    }
}
