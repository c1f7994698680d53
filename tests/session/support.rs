//! A plain JSON venue, a client's dialer to it, and the server's end of each connection.

#![allow(dead_code, reason = "not every test needs everything")]
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use nova::{
    AuthResponse, BoxFuture, BoxStream, Credentials, Dialer, Endpoint, Envelope, Error, ErrorClass, Inbound, Incoming,
    LoginContext, MemoryDialer, MemoryListener, Outgoing, Params, Platform, PlatformSpec, Result, Spec,
};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

/// JSON-RPC with pushed `{"channel", "data"}` messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plain;

impl Plain {
    /// The venue cannot do it now.
    pub(crate) const BUSY: i64 = 13_000;
    /// The venue will not do it.
    pub(crate) const WRONG: i64 = 13_004;
}

impl PlatformSpec for Plain {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("plain", "ws://venue.test/");
}

impl Platform for Plain {
    type State = ();

    fn login(&self, (): &mut (), _: &Credentials, _: LoginContext<'_>) -> Option<Outgoing> {
        Some(Outgoing::call("login", &json!({})).unwrap())
    }

    fn logged_in(&self, (): &mut (), reply: Result<&str, Error>) -> AuthResponse {
        match reply {
            Ok(reply) => {
                let reply: Value = serde_json::from_str(reply).unwrap();
                AuthResponse::accepted(reply["life"].as_u64().map(Duration::from_secs), "all")
            }
            Err(error) => AuthResponse::refused(error),
        }
    }

    fn prepare(&self, (): &mut (), _: &nova::Config, _: bool) -> Vec<Outgoing> {
        vec![Outgoing::call("prepare", &json!({})).unwrap()]
    }

    fn subscribe(&self, (): &mut (), channels: &[&str], _: &Params) -> Result<Outgoing> {
        Outgoing::call("subscribe", channels)
    }

    fn unsubscribe(&self, (): &mut (), channels: &[&str]) -> Result<Outgoing> {
        Outgoing::call("unsubscribe", channels)
    }

    fn error_class(&self, code: i64) -> ErrorClass {
        if code == Self::BUSY { ErrorClass::Transient } else { ErrorClass::Platform }
    }

    fn is_private(&self, channel: &str) -> bool {
        channel.starts_with("private.")
    }

    fn subscribed(&self, (): &mut (), asked: &[&str], reply: Result<&str, Error>) -> nova::SubscriptionResponse {
        match reply {
            Ok(reply) => nova::SubscriptionResponse::listed(asked, serde_json::from_str(reply).unwrap(), "not listed"),
            Err(error) => nova::SubscriptionResponse::all(asked, Err(error)),
        }
    }

    fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let Some(text) = incoming.text else { return Ok(Inbound::message(Envelope::whole(incoming.frame, None))) };
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Ok(Inbound::message(Envelope::whole(incoming.frame, Some(text))));
        };
        if let (Some(id), Some(at)) = (value["id"].as_u64(), text.find("\"result\":")) {
            let end = text.len() - 1;
            return Ok(Inbound::Reply { id, result: Ok(&text[at + 9..end]) });
        }
        if let (Some(id), Some(code)) = (value["id"].as_u64(), value["error"].as_i64()) {
            let class = self.error_class(code);
            let error = Error::Platform { class, code, message: "refused".into(), data: None };
            return Ok(Inbound::Reply { id, result: Err(error) });
        }
        if value["ask"] == "alive" {
            return Ok(Inbound::Reflex(Outgoing::json(r#"{"alive":true}"#)));
        }
        if let Some(words) = value["fail"].as_str() {
            let error = Error::Platform { class: ErrorClass::Platform, code: 1, message: words.into(), data: None };
            return Ok(Inbound::Error(error));
        }
        if value["ask"] == "reconnect" {
            return Ok(Inbound::Reconnect);
        }
        match (value["channel"].as_str(), text.find("\"data\":")) {
            (Some(channel), Some(at)) => {
                let start = text.find(channel).unwrap();
                let channel = &text[start..start + channel.len()];
                Ok(Inbound::message(Envelope::on(incoming.frame, text, channel, at + 7)))
            }
            _ => Ok(Inbound::message(Envelope::whole(incoming.frame, Some(text)))),
        }
    }
}

/// The server's side: one connection after the other.
pub(crate) struct Server {
    pub(crate) listener: MemoryListener,
}

/// One connection, seen from the server.
pub(crate) struct Peer {
    pub(crate) ws: WebSocketStream<DuplexStream>,
}

pub(crate) fn venue() -> (MemoryDialer, Server) {
    let (dialer, listener) = nova::memory();
    (dialer, Server { listener })
}

impl Server {
    /// The next connection, upgraded.
    pub(crate) async fn accept(&mut self) -> Peer {
        Peer { ws: accept_async(self.listener.accept().await.unwrap()).await.unwrap() }
    }

    /// The same; `None` once the client is gone.
    pub(crate) async fn try_accept(&mut self) -> Option<Peer> {
        Some(Peer { ws: accept_async(self.listener.accept().await?).await.ok()? })
    }

    /// The next connection, prepared: what every client of this venue does first.
    pub(crate) async fn ready(&mut self) -> Peer {
        let mut peer = self.accept().await;
        peer.answer("prepare", json!("ok")).await;
        peer
    }
}

impl Peer {
    /// The next data frame as JSON.
    pub(crate) async fn receive(&mut self) -> Value {
        loop {
            match self.ws.next().await.expect("the client hung up").expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Expects a call and answers it; returns its parameters.
    pub(crate) async fn answer(&mut self, method: &str, result: Value) -> Value {
        let call = self.receive().await;
        assert_eq!(call["method"], method, "{call}");
        self.reply(&call, result).await;
        call["params"].clone()
    }

    pub(crate) async fn reply(&mut self, call: &Value, result: Value) {
        self.send(json!({"id": call["id"], "result": result})).await;
    }

    pub(crate) async fn refuse(&mut self, call: &Value, code: i64) {
        self.send(json!({"id": call["id"], "error": code})).await;
    }

    pub(crate) async fn push(&mut self, channel: &str, data: Value) {
        self.send(json!({"channel": channel, "data": data})).await;
    }

    pub(crate) async fn send(&mut self, value: Value) {
        self.try_send(value).await.unwrap();
    }

    pub(crate) async fn try_send(&mut self, value: Value) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        self.ws.send(Message::text(value.to_string())).await
    }
}

/// A dialer that counts.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    inner: MemoryDialer,
    dials: Arc<AtomicUsize>,
}

impl Counted {
    pub(crate) fn new(inner: MemoryDialer) -> Self {
        Self { inner, dials: Arc::default() }
    }

    pub(crate) fn dials(&self) -> usize {
        self.dials.load(Ordering::SeqCst)
    }
}

impl Dialer for Counted {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        self.dials.fetch_add(1, Ordering::SeqCst);
        self.inner.dial(endpoint)
    }
}

/// A rate, as a setting that may be off.
pub(crate) fn rate(text: &str) -> Option<nova::Rate> {
    text.parse().ok()
}

/// Lets every task run until it has nothing to do, without moving the clock.
pub(crate) async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Lets virtual time pass.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
    settle().await;
}

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

impl Server {
    /// The next connection, logged in and prepared.
    pub(crate) async fn logged_in(&mut self) -> Peer {
        let mut peer = self.accept().await;
        peer.answer("login", json!({})).await;
        peer.answer("prepare", json!("ok")).await;
        peer
    }
}

impl Peer {
    /// Reads on to the end of the connection, answering pings and the close as any server does.
    pub(crate) async fn rest(mut self) {
        while let Some(Ok(_)) = self.ws.next().await {}
    }

    /// What the client sends within `time`, if anything. Cancel safe like the stream it reads.
    pub(crate) async fn within(&mut self, time: Duration) -> Option<Value> {
        tokio::time::timeout(time, self.receive()).await.ok()
    }

    /// Waits for the next ping and answers it.
    pub(crate) async fn ping(&mut self) {
        while !matches!(self.ws.next().await, Some(Ok(Message::Ping(_)))) {}
        self.ws.flush().await.unwrap();
    }

    /// The client sends no data for `time`.
    pub(crate) async fn hears_nothing(&mut self, time: Duration) {
        let heard = self.within(time).await;
        assert!(heard.is_none(), "{heard:?}");
    }
}

/// What a served client has sent, call by call.
pub(crate) type Log = Arc<Mutex<Vec<Value>>>;

/// Serves every call: a subscribe lists what was asked for, anything else gets 0. Ends with the connection.
pub(crate) async fn serve(mut peer: Peer, log: Log) {
    while let Some(Ok(frame)) = peer.ws.next().await {
        let Message::Text(text) = frame else { continue };
        let call: Value = serde_json::from_str(&text).unwrap();
        log.lock().unwrap().push(call.clone());
        let result = if call["method"] == "subscribe" { call["params"].clone() } else { json!(0) };
        if call["id"].is_u64() && peer.try_send(json!({"id": call["id"], "result": result})).await.is_err() {
            return;
        }
    }
}

/// The parameters of every call of `method` in a log.
pub(crate) fn asked(log: &Log, method: &str) -> Vec<Value> {
    let log = log.lock().unwrap();
    log.iter().filter(|call| call["method"] == method).map(|call| call["params"].clone()).collect()
}

/// Polls a future at most `polls` times, with everybody else's turn in between, and drops it.
pub(crate) async fn poll_times<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        let once = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = once {
            return Some(output);
        }
        settle().await;
    }
    None
}
