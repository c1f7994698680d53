//! A venue that follows a script, one act a dial, and writes down when it was dialled and with which request.
//!
//! What a client does about a lost link shows in the moments at which it dials, so those are what is kept. Refusals are written as
//! raw bytes: no server library would send half of them.

#![allow(dead_code, reason = "not every test needs everything")]
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use nova::{Client, Handle, MemoryDialer, State};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role},
    },
};

/// What becomes of one dial.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The upgrade is read and never answered.
    Mute,
    /// The server hangs up instead of answering the upgrade.
    HangUp,
    /// The upgrade is answered with this status, these header lines and this body.
    Http(u16, String, &'static str),
    /// The upgrade is accepted, and that is the end.
    Upgrade(End),
    /// The client is served from its `Ready` on, for so long.
    Serve(Duration, End),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Without a close frame.
    Drop,
    /// With a close frame without code.
    NoCode,
    /// With a close frame.
    Code(u16),
    /// Nothing is read any more, and nothing sent; the connection stays open.
    Deaf,
    /// The client's close is answered; the connection stays open.
    Lingers,
}

impl Act {
    pub(crate) const STAY: Self = Self::Serve(Duration::MAX, End::Drop);

    pub(crate) fn http(status: u16) -> Self {
        Self::Http(status, String::new(), "")
    }

    pub(crate) fn ready_for(seconds: u64, end: End) -> Self {
        Self::Serve(Duration::from_secs(seconds), end)
    }
}

/// One dial, as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Dialled {
    pub(crate) at: Instant,
    /// The head of the upgrade request.
    pub(crate) request: String,
}

/// What the server wrote down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    dials: Arc<Mutex<Vec<Dialled>>>,
    ends: Arc<Mutex<Vec<Instant>>>,
    hung_up: Arc<AtomicUsize>,
}

impl Log {
    pub(crate) fn dials(&self) -> Vec<Dialled> {
        self.dials.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.dials.lock().unwrap().len()
    }

    /// How many connections are gone on both sides.
    pub(crate) fn hung_up(&self) -> usize {
        self.hung_up.load(Relaxed)
    }

    /// From the end of each connection, or attempt at one, to the next dial, in milliseconds.
    pub(crate) fn waits(&self) -> Vec<u64> {
        let (dials, ends) = (self.dials(), self.ends.lock().unwrap());
        dials.iter().skip(1).zip(ends.iter()).map(|(dial, end)| millis(dial.at.duration_since(*end))).collect()
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// A venue that plays `acts`, and the last of them for ever.
pub(crate) fn scripted(acts: impl IntoIterator<Item = Act>) -> (MemoryDialer, Log) {
    let (dialer, mut listener) = nova::memory();
    let log = Log::default();
    let (mut acts, mut act, written) = (acts.into_iter().collect::<VecDeque<_>>(), Act::Mute, log.clone());
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            act = acts.pop_front().unwrap_or(act);
            tokio::spawn(play(stream, act.clone(), written.clone()));
        }
    });
    (dialer, log)
}

async fn play(mut stream: DuplexStream, act: Act, log: Log) {
    let at = Instant::now();
    let request = head(&mut stream).await;
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default().to_owned();
    log.dials.lock().unwrap().push(Dialled { at, request });
    let written = |log: &Log| log.ends.lock().unwrap().push(Instant::now());
    match act {
        Act::Mute => std::future::pending().await,
        Act::HangUp => written(&log),
        Act::Http(status, headers, body) => {
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            written(&log);
        }
        Act::Upgrade(way) => {
            let mut ws = accept(stream, &key).await;
            written(&log);
            end(&mut ws, way).await;
            log.hung_up.fetch_add(1, Relaxed);
        }
        Act::Serve(time, way) => {
            let mut ws = accept(stream, &key).await;
            if serve(&mut ws, time).await.is_some() {
                written(&log);
                end(&mut ws, way).await;
                log.hung_up.fetch_add(1, Relaxed);
            }
        }
    }
}

async fn head(stream: &mut DuplexStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        bytes.push(byte);
    }
    String::from_utf8(bytes).unwrap()
}

async fn accept(mut stream: DuplexStream, key: &str) -> WebSocketStream<DuplexStream> {
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    WebSocketStream::from_raw_socket(stream, Role::Server, None).await
}

/// Answers every call until its time is up; `None` if the client has hung up before.
async fn serve(ws: &mut WebSocketStream<DuplexStream>, long: Duration) -> Option<()> {
    // The client is ready once its preparation is answered: the time counts from there.
    let prepare = next_call(ws).await?;
    answer(ws, &prepare).await?;
    let over = tokio::time::sleep(long);
    tokio::pin!(over);
    loop {
        tokio::select! {
            biased;
            () = &mut over => return Some(()),
            call = next_call(ws) => { let call = call?; answer(ws, &call).await? }
        }
    }
}

async fn next_call(ws: &mut WebSocketStream<DuplexStream>) -> Option<Value> {
    loop {
        match ws.next().await?.ok()? {
            Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Message::Close(_) => {
                // Reading on sends the answer and finds the end.
                while ws.next().await.is_some() {}
                return None;
            }
            _ => {}
        }
    }
}

async fn answer(ws: &mut WebSocketStream<DuplexStream>, call: &Value) -> Option<()> {
    let result = if call["method"] == "subscribe" { call["params"].clone() } else { json!("ok") };
    ws.send(Message::text(json!({"id": call["id"], "result": result}).to_string())).await.ok()
}

async fn end(ws: &mut WebSocketStream<DuplexStream>, way: End) {
    match way {
        End::Drop => {}
        End::NoCode => {
            let _ = ws.close(None).await;
            while ws.next().await.is_some_and(|frame| frame.is_ok()) {}
        }
        End::Code(code) => {
            let _ = ws.close(Some(CloseFrame { code: code.into(), reason: "so it is".into() })).await;
            while ws.next().await.is_some_and(|frame| frame.is_ok()) {}
        }
        End::Deaf => std::future::pending().await,
        End::Lingers => {
            while !matches!(ws.next().await, Some(Ok(Message::Close(_))) | None) {}
            let _ = ws.flush().await;
            // Only the client's end of the stream ends it.
            while ws.get_mut().read_u8().await.is_ok() {}
        }
    }
}

/// The delays the client decided on, in milliseconds.
pub(crate) fn delays<C: Client>(client: &Handle<C>) -> Vec<u64> {
    let history = client.history();
    history.iter().filter(|step| step.to == State::Backoff).map(|step| millis(step.delay.unwrap())).collect()
}

/// Waits for the end of the client, an hour at most.
pub(crate) async fn ended<C: Client>(client: &Handle<C>) -> State {
    let mut watch = client.watch();
    let end = watch.until(State::is_terminal);
    let _ = tokio::time::timeout(Duration::from_secs(3_600), end).await;
    client.state()
}

/// Waits until the server has been dialled so often and the client is ready, a day at most.
pub(crate) async fn ready_after<C: Client>(client: &Handle<C>, log: &Log, dials: usize) {
    let mut watch = client.watch();
    let there = async {
        while log.count() < dials || !watch.now().is_ready() {
            assert!(!watch.now().is_terminal(), "{:?} after {} of {dials} dials", watch.end(), log.count());
            watch.changed().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(86_400), there).await.unwrap();
}

#[track_caller]
pub(crate) fn assert_within(what: &str, found: &[u64], bands: &[RangeInclusive<u64>]) {
    assert_eq!(found.len(), bands.len(), "{what}: {found:?} against {bands:?}");
    for (place, (found_here, band)) in found.iter().zip(bands).enumerate() {
        assert!(band.contains(found_here), "{what}: number {} of {found:?} is not in {band:?}", place + 1);
    }
}

/// So much time passes.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
