//! Replays a recording to real clients, byte for byte.
//!
//! Nothing is sent until a client has asked for every recorded channel, in one request or several. A channel that is unsubscribed
//! and subscribed anew is played from its own beginning, whole: that is what the recording can honestly say about it.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{
    recording::Recording,
    upgrade::{Gate, accept},
};
use crate::{
    Result,
    test::{Direction, Line, Tasks, Transcript, cassette::with_id, listen},
};

/// A running replay. Everything of it ends when it is dropped.
pub struct Replay {
    shared: Arc<Shared>,
    tasks: Tasks,
    url: String,
}

struct Shared {
    recording: Recording,
    log: Mutex<(u64, Transcript)>,
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, (u64, Transcript)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replay {
    pub(super) fn new(recording: Recording) -> Result<Self> {
        let shared = Shared { recording, log: Mutex::new((0, Transcript::new())) };
        Ok(Self { shared: Arc::new(shared), tasks: Tasks::new()?, url: "ws://replay.test/".to_owned() })
    }

    pub(super) async fn listen(recording: Recording) -> Result<Self> {
        let mut replay = Self::new(recording)?;
        let (listener, port) = listen().await?;
        replay.url = format!("ws://127.0.0.1:{port}/");
        let shared = Arc::clone(&replay.shared);
        replay.tasks.accept(listener, move |stream| play(Arc::clone(&shared), stream));
        Ok(replay)
    }

    /// Where clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves one connection, the upgrade included, over any stream.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.tasks.spawn(play(Arc::clone(&self.shared), stream));
    }

    /// Every frame in both directions, oldest first.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.log().1.lines()
    }

    /// The parameters of every request for `method`, oldest first.
    pub fn requests(&self, method: &str) -> Vec<Value> {
        self.shared.log().1.requests(method)
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("url", &self.url).finish_non_exhaustive()
    }
}

async fn play<S>(shared: Arc<Shared>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(mut socket) = accept(stream, Gate { path: None, refusal: None, asked: None }).await else { return };
    let id = {
        let mut log = shared.log();
        log.0 += 1;
        log.0
    };
    let mut player = Player::new(&shared.recording);
    loop {
        let outbound = tokio::select! {
            biased;
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { return };
                shared.log().1.record(id, Direction::In, &frame);
                let Message::Text(text) = frame else { continue };
                player.reply(&text)
            }
            // Always ready: it only lets a request that has come go first.
            () = std::future::ready(()), if player.is_playing() => player.next(),
        };
        let Some(text) = outbound else { continue };
        if send(&shared, id, &mut socket, text).await.is_none() {
            return;
        }
    }
}

async fn send<S>(shared: &Shared, id: u64, socket: &mut WebSocketStream<S>, text: String) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let message = Message::text(text);
    shared.log().1.record(id, Direction::Out, &message);
    socket.send(message).await.ok()
}

/// Where one client is in the recording: pure, so that what is played can be tested without a socket.
struct Player<'a> {
    recording: &'a Recording,
    waiting: BTreeSet<&'a str>,
    ended: BTreeSet<String>,
    queue: VecDeque<usize>,
}

impl<'a> Player<'a> {
    fn new(recording: &'a Recording) -> Self {
        let queue = recording.played.iter().copied().collect();
        Self { recording, waiting: recording.channels().into_iter().collect(), ended: BTreeSet::new(), queue }
    }

    fn is_playing(&self) -> bool {
        self.waiting.is_empty() && !self.queue.is_empty()
    }

    fn next(&mut self) -> Option<String> {
        self.queue.pop_front().map(|at| self.recording.frames[at].raw.clone())
    }

    fn reply(&mut self, request: &str) -> Option<String> {
        let request: Value = serde_json::from_str(request).ok()?;
        let (id, method) = (&request["id"], request["method"].as_str()?);
        let asked = request["params"]["channels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let result = match method {
            "public/subscribe" | "private/subscribe" => return Some(self.subscribe(id, &asked)),
            "public/unsubscribe" | "private/unsubscribe" => {
                self.queue.retain(|at| !asked.contains(self.recording.frames[*at].channel.as_str()));
                self.ended.extend(asked.iter().map(|channel| (*channel).to_owned()));
                json!(asked)
            }
            "public/set_heartbeat" | "public/disable_heartbeat" => json!("ok"),
            "public/test" | "public/hello" => json!({ "version": "1.2.26" }),
            _ => {
                let error = json!({ "code": -32601, "message": "Method not found" });
                return Some(json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string());
            }
        };
        Some(json!({ "jsonrpc": "2.0", "id": id, "result": result, "testnet": false }).to_string())
    }

    /// The recorded acknowledgement with the client's id; one made of its order where the client asked for other channels.
    fn subscribe(&mut self, id: &Value, asked: &BTreeSet<&str>) -> String {
        self.waiting.retain(|channel| !asked.contains(channel));
        for channel in asked {
            if self.ended.remove(*channel) {
                let anew = self.recording.frames.iter().enumerate().filter(|(_, frame)| frame.channel == *channel);
                self.queue.extend(anew.map(|(at, _)| at));
            }
        }
        let same = |channels: &[String]| channels.iter().map(String::as_str).collect::<BTreeSet<_>>() == *asked;
        if let Some(recorded) = self.recording.acknowledgements.iter().find(|reply| same(&reply.channels))
            && let Some(raw) = with_id(&recorded.raw, &recorded.id, id)
        {
            return raw;
        }
        let mut confirmed = self.recording.channels();
        confirmed.retain(|channel| asked.contains(channel));
        json!({ "jsonrpc": "2.0", "id": id, "result": confirmed, "testnet": false }).to_string()
    }
}
