//! Plays a cassette as the server: to clients of nova or any other, one recorded connection after the other.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::Utf8Bytes},
    },
};

use super::{
    entry::{Cassette, Entry},
    player::{Player, Showing, Step},
};
use crate::{
    base64,
    error::Result,
    test::{
        Direction, Line, Tasks, Transcript, Witness, listen,
        venue::{Gate, accept},
    },
    transport::{MemoryDialer, memory},
};

/// A cassette that is being played as the server. Everything of it ends when it is dropped.
pub struct Playback {
    shared: Arc<Shared>,
    tasks: Tasks,
    url: String,
}

struct Shared {
    cassette: Cassette,
    state: Mutex<State>,
}

struct State {
    showings: Vec<Showing>,
    transcript: Transcript,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cassette {
    /// Plays it as the server on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Dial`](crate::Error::Dial) says why no port could be opened; [`Error::NoRuntime`](crate::Error::NoRuntime) outside a
    /// tokio runtime; [`Error::Config`](crate::Error::Config) under virtual time.
    pub async fn start(self) -> Result<Playback> {
        let mut playback = self.offline()?;
        let (listener, port) = listen().await?;
        playback.url = format!("ws://127.0.0.1:{port}/");
        let shared = playback.shared.clone();
        playback.tasks.accept(listener, move |stream| play(shared.clone(), stream));
        Ok(playback)
    }

    /// Plays it as the server without a port: clients come through [`Playback::dialer`] or [`Playback::serve`].
    ///
    /// # Errors
    /// [`Error::NoRuntime`](crate::Error::NoRuntime) outside a tokio runtime.
    pub fn offline(self) -> Result<Playback> {
        let state = State { showings: Vec::new(), transcript: Transcript::new() };
        let shared = Arc::new(Shared { cassette: self, state: Mutex::new(state) });
        Ok(Playback { shared, tasks: Tasks::new()?, url: "ws://cassette.test/".to_owned() })
    }
}

impl Playback {
    /// Where clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves one connection, the upgrade included, over any stream. The first connection gets what was recorded of the first, and so
    /// on; further ones are hung up on.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.tasks.spawn(play(self.shared.clone(), stream));
    }

    /// A dialer to it inside the process, for virtual time.
    pub fn dialer(&self) -> MemoryDialer {
        let (dialer, mut listener) = memory();
        let (shared, tasks) = (self.shared.clone(), self.tasks.clone());
        self.tasks.spawn(async move {
            while let Some(stream) = listener.accept().await {
                tasks.spawn(play(shared.clone(), stream));
            }
        });
        dialer
    }

    /// How clients and the recording got on with each other so far, connection by connection.
    pub fn showings(&self) -> Vec<Showing> {
        self.shared.state().showings.clone()
    }
}

impl Witness for Playback {
    fn transcript(&self) -> Vec<Line> {
        self.shared.state().transcript.lines()
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playback").field("url", &self.url).finish_non_exhaustive()
    }
}

async fn play<S>(shared: Arc<Shared>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (at, number) = {
        let mut state = shared.state();
        let at = state.showings.len();
        let Some(number) = shared.cassette.connections().get(at).copied() else { return };
        state.showings.push(Showing::default());
        (at, number)
    };
    let mut player = Player::new(shared.cassette.connection(number), shared.cassette.speed, Instant::now());
    if player.is_refused() {
        return;
    }
    let Some(socket) = accept(stream, Gate { path: None, refusal: None, asked: None }).await else { return };
    Conversation { shared: &shared, at, socket, player: &mut player }.go().await;
}

struct Conversation<'a, S> {
    shared: &'a Shared,
    at: usize,
    socket: WebSocketStream<S>,
    player: &'a mut Player,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<'_, S> {
    async fn go(mut self) {
        loop {
            let step = self.player.step();
            self.shared.state().showings[self.at] = self.player.showing();
            let due = match &step {
                Step::Send(_, due) | Step::Await(due) | Step::HangUp(due) => Some(*due),
                Step::Over => None,
            };
            tokio::select! {
                biased;
                frame = self.socket.next() => {
                    let Some(Ok(frame)) = frame else { return };
                    self.take(frame);
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    match step {
                        Step::Send(entry, _) if self.send(&entry).await.is_none() => return,
                        Step::HangUp(_) => return,
                        _ => self.player.done(),
                    }
                }
            }
        }
    }

    fn record(&self, direction: Direction, message: &Message) {
        self.shared.state().transcript.record(self.at as u64 + 1, direction, message);
    }

    fn take(&mut self, frame: Message) {
        self.record(Direction::In, &frame);
        match frame {
            Message::Text(text) => self.player.take("text", text.as_str().to_owned(), Instant::now()),
            Message::Binary(bytes) => self.player.take("binary", base64::base64(&bytes), Instant::now()),
            _ => {}
        }
    }

    async fn send(&mut self, entry: &Entry) -> Option<()> {
        let message = match entry.kind.as_str() {
            "ping" => Message::Ping(entry.raw.clone().into()),
            "close" => Message::Close(close(&entry.raw)),
            "binary" => Message::binary(base64::decode(&entry.raw)?),
            _ => Message::text(entry.raw.clone()),
        };
        self.record(Direction::Out, &message);
        self.socket.send(message).await.ok()
    }
}

/// `code reason`, as a recording has it.
fn close(raw: &str) -> Option<CloseFrame> {
    let (code, reason) = raw.split_once(' ').unwrap_or((raw, ""));
    let code: u16 = code.parse().ok()?;
    Some(CloseFrame { code: code.into(), reason: Utf8Bytes::from(reason) })
}
