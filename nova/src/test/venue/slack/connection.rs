//! One client's conversation, from its request to the end: the only place that awaits its stream.

use std::{future::pending, sync::Arc};

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

use super::{Shared, open::Reply};
use crate::test::{Direction, Request, venue::parting::Ending};

pub(super) async fn run<S>(shared: Arc<Shared>, mut stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut rest = BytesMut::new();
    let Some(request) = Request::read(&mut stream, &mut rest, Instant::now()).await else { return };
    let reply = shared.world().reply(&request, &shared.authority);
    match reply {
        Reply::Silence => pending().await,
        Reply::Answer(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            drop(stream.shutdown().await);
        }
        Reply::Upgrade => {
            let refused = refusal(&shared, &request);
            let answer = match (refused, request.header("sec-websocket-key")) {
                (None, Some(key)) => format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                    derive_accept_key(key.as_bytes())
                ),
                (status, _) => {
                    let status = status.unwrap_or(400);
                    format!("HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                }
            };
            let upgraded = answer.starts_with("HTTP/1.1 101");
            if stream.write_all(answer.as_bytes()).await.is_ok() && upgraded {
                let socket = WebSocketStream::from_partially_read(stream, rest.to_vec(), Role::Server, None).await;
                serve(&shared, socket).await;
            }
        }
    }
}

/// The status for this upgrade, if it is to be refused.
fn refusal(shared: &Shared, request: &Request) -> Option<u16> {
    let mut world = shared.world();
    if !world.admits(request) {
        return Some(403);
    }
    world.switches.refuse_connections.next()
}

async fn serve<S>(shared: &Arc<Shared>, mut socket: WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (id, mut outbox, ended) = shared.world().enter();
    let present = Present { shared, id };
    let waiting = std::mem::take(&mut shared.world().waiting);
    for envelope in waiting {
        if !shared.send(&envelope) {
            shared.world().waiting.push(envelope);
        }
    }
    let ending = tokio::select! {
        biased;
        ending = ended => ending.unwrap_or(Ending::Cut),
        () = converse(shared, id, &mut socket, &mut outbox) => Ending::Cut,
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

async fn converse<S>(
    shared: &Arc<Shared>,
    id: u64,
    socket: &mut WebSocketStream<S>,
    outbox: &mut mpsc::Receiver<String>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pings = interval(shared.world().options.pings);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await;
    loop {
        while shared.world().switches.stalled {
            shared.news.notified().await;
        }
        let message = tokio::select! {
            biased;
            Some(text) = outbox.recv() => Message::text(text),
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { return };
                let mut world = shared.world();
                world.transcript.record(id, Direction::In, &frame);
                if let Message::Text(text) = &frame {
                    world.handle(id, text);
                    shared.news.notify_waiters();
                }
                continue;
            }
            _ = pings.tick() => Message::Ping("nova".into()),
        };
        shared.world().transcript.record(id, Direction::Out, &message);
        if socket.send(message).await.is_err() {
            return;
        }
    }
}
