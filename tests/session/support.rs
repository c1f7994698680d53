//! A plain JSON venue in the hands of the test, with the words that make its tests short.

#![allow(dead_code, reason = "not every test needs everything")]
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::{
    future::poll_fn,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use nova::{
    AuthResponse, Close, CloseCode, Credentials, Envelope, Error, ErrorClass, Frame, Inbound, Incoming, LoginContext,
    Outgoing, Params, Platform, PlatformSpec, Result, Spec,
    test::{MockDialer, MockServer, Scenario},
};
use serde_json::{Value, json};

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

/// The venue.
#[derive(Debug)]
pub(crate) struct Server(MockServer);

/// One connection, seen from the venue.
#[derive(Debug)]
pub(crate) struct Peer(pub(crate) nova::test::Peer);

pub(crate) fn venue() -> (MockDialer, Server) {
    let server = MockServer::memory();
    (server.dialer(), Server(server))
}

/// A venue that nobody may dial.
pub(crate) fn unvisited() -> (MockDialer, Server) {
    let (dialer, server) = venue();
    server.script(Scenario::new());
    (dialer, server)
}

/// A dialer whom nobody answers.
pub(crate) fn nowhere() -> nova::MemoryDialer {
    nova::memory().0
}

impl Server {
    /// The next connection, upgraded.
    pub(crate) async fn accept(&self) -> Peer {
        Peer(self.0.accept().await)
    }

    /// The next connection, prepared: what every client of this venue does first.
    pub(crate) async fn ready(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.answer("prepare", json!("ok")).await;
        peer
    }

    /// The next connection, logged in and prepared.
    pub(crate) async fn logged_in(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.answer("login", json!({})).await;
        peer.answer("prepare", json!("ok")).await;
        peer
    }
}

impl Peer {
    /// The next message as JSON.
    pub(crate) async fn receive(&mut self) -> Value {
        self.0.receive_json().await
    }

    /// Expects a call and answers it; returns its parameters.
    pub(crate) async fn answer(&mut self, method: &str, result: Value) -> Value {
        let call = self.0.answer(json!({"method": method}), |call| json!({"id": call["id"], "result": result})).await;
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
        assert!(self.send_json(value).await, "the client hung up");
    }

    /// Sends a frame of any kind.
    pub(crate) async fn send_frame(&mut self, frame: Frame) {
        assert!(self.0.send(frame).await, "the client hung up");
    }

    /// What the client sends within `time`, if anything. Cancel safe like the stream it reads.
    pub(crate) async fn within(&mut self, time: Duration) -> Option<Value> {
        tokio::time::timeout(time, self.receive()).await.ok()
    }

    /// Waits for the next ping and answers it.
    pub(crate) async fn ping(&mut self) {
        while !matches!(self.next_frame().await, Some(Frame::Ping(_)) | None) {}
        self.send_raw([]).await;
    }

    /// Reads on to the end of the connection, answering pings and the close as any server does.
    pub(crate) async fn rest(self) {
        self.0.rest().await;
    }
}

impl Deref for Server {
    type Target = MockServer;

    fn deref(&self) -> &MockServer {
        &self.0
    }
}

impl Deref for Peer {
    type Target = nova::test::Peer;

    fn deref(&self) -> &nova::test::Peer {
        &self.0
    }
}

impl DerefMut for Peer {
    fn deref_mut(&mut self) -> &mut nova::test::Peer {
        &mut self.0
    }
}

/// A dialer that never gets anywhere.
pub(crate) fn endless() -> impl nova::Dialer {
    nova::dialer(|_| std::future::pending::<std::io::Result<tokio::io::DuplexStream>>())
}

pub(crate) fn close_frame(code: u16, reason: &str) -> Frame {
    Frame::Close(Some(Close { code: CloseCode(code), reason: reason.into() }))
}

/// What a served client has sent, call by call.
pub(crate) type Log = Arc<Mutex<Vec<Value>>>;

/// Serves every call: a subscribe lists what was asked for, anything else gets 0. Ends with the connection.
pub(crate) async fn serve(mut peer: Peer, log: Log) {
    let answer = move |call: &Value| {
        log.lock().unwrap().push(call.clone());
        let result = if call["method"] == "subscribe" { call["params"].clone() } else { json!(0) };
        call["id"].is_u64().then(|| json!({"id": call["id"], "result": result}))
    };
    peer.play(Scenario::new().answer_requests(answer)).await;
    peer.rest().await;
}

/// The parameters of every call of `method` in a log.
pub(crate) fn asked(log: &Log, method: &str) -> Vec<Value> {
    let log = log.lock().unwrap();
    log.iter().filter(|call| call["method"] == method).map(|call| call["params"].clone()).collect()
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
