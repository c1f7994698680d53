//! One client's conversation, from the upgrade to the end: the only place that awaits its socket.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Shared, heartbeat::Beat, rpc::Answer, world::World};
use crate::test::{
    Direction,
    venue::{
        parting::Ending,
        upgrade::{Gate, accept},
    },
};

pub(super) async fn run<S>(shared: Arc<Shared>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let refusal = shared.world().switches.refuse_connections.next();
    let gate = Gate { path: Some(super::PATH), refusal, asked: None };
    let Some(mut socket) = accept(stream, gate).await else { return };
    let (id, outbox, ended) = shared.world().enter();
    let present = Present { shared: &shared, id };
    let mut conversation = Conversation { shared: &shared, id, socket: &mut socket, outbox, later: VecDeque::new() };
    let ending = tokio::select! {
        biased;
        ending = ended => ending.unwrap_or(Ending::Cut),
        ending = conversation.go() => ending,
    };
    drop(present);
    ending.end(&mut socket, |frame| shared.world().transcript.record(id, Direction::Out, frame)).await;
}

/// Takes the client out of the world however its task ends.
struct Present<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.shared.world().leave(self.id);
    }
}

struct Conversation<'a, S> {
    shared: &'a Shared,
    id: u64,
    socket: &'a mut WebSocketStream<S>,
    outbox: mpsc::Receiver<String>,
    /// Replies held back on command.
    later: VecDeque<(Instant, String)>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<'_, S> {
    async fn go(&mut self) -> Ending {
        loop {
            let due = self.shared.world().deadline(self.id).into_iter().chain(self.later.front().map(|(at, _)| *at));
            let due = due.min();
            let next = tokio::select! {
                biased;
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.on_time().await,
                frame = self.socket.next() => self.on_frame(frame.and_then(Result::ok)).await,
                Some(text) = self.outbox.recv() => self.write(text).await,
            };
            if let Err(ending) = next {
                return ending;
            }
        }
    }

    async fn on_time(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        while self.later.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, reply)) = self.later.pop_front() {
                self.write(reply).await?;
            }
        }
        let beat = self.shared.world().beat(self.id, now);
        match beat {
            Some(Beat::Heartbeat) => self.write(HEARTBEAT.to_owned()).await,
            Some(Beat::TestRequest) => self.write(TEST_REQUEST.to_owned()).await,
            Some(Beat::Unanswered) => Err(Ending::HangUp),
            None => Ok(()),
        }
    }

    async fn on_frame(&mut self, frame: Option<Message>) -> Result<(), Ending> {
        let Some(frame) = frame else { return Err(Ending::Cut) };
        let answer = {
            let mut world = self.shared.world();
            world.transcript.record(self.id, Direction::In, &frame);
            match &frame {
                Message::Text(text) => world.handle(self.id, text),
                Message::Binary(_) => return Err(Ending::Close(1003, "text frames only".to_owned())),
                Message::Close(_) => return Err(Ending::HangUp),
                _ => Answer::default(),
            }
        };
        if self.shared.world().options.early_notifications {
            while let Ok(text) = self.outbox.try_recv() {
                self.write(text).await?;
            }
        }
        let Answer { reply, hang_up } = answer;
        if let Some(reply) = reply {
            let delay = self.shared.world().holds_reply_back();
            match delay {
                None => {}
                Some(Duration::ZERO) if self.later.is_empty() || hang_up => self.write(reply).await?,
                Some(delay) => {
                    let last = self.later.back().map(|(at, _)| *at);
                    let at = last.into_iter().fold(Instant::now() + delay, Instant::max);
                    self.later.push_back((at, reply));
                }
            }
        }
        if hang_up { Err(Ending::HangUp) } else { Ok(()) }
    }

    async fn write(&mut self, text: String) -> Result<(), Ending> {
        let message = Message::text(text);
        {
            let mut world = self.shared.world();
            if world.switches.stalled {
                return Ok(());
            }
            world.transcript.record(self.id, Direction::Out, &message);
        }
        self.socket.send(message).await.map_err(|_| Ending::Cut)
    }
}

const HEARTBEAT: &str = r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}"#;
pub(super) const TEST_REQUEST: &str = r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#;

impl World {
    fn beat(&mut self, id: u64, now: Instant) -> Option<Beat> {
        let muted = self.switches.muted || self.switches.stalled;
        self.clients.get_mut(&id)?.heartbeat.fire(now, self.options.heartbeat_grace, muted)
    }

    /// How long this reply waits; `None` where it is lost.
    fn holds_reply_back(&mut self) -> Option<Duration> {
        if self.switches.drop_replies > 0 {
            self.switches.drop_replies -= 1;
            return None;
        }
        Some(self.switches.reply_delay)
    }
}
