//! One client's conversation, from the upgrade to the end: the only place that awaits its socket.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Shared, endpoint::Endpoint};
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
    let mut path = String::new();
    let refusal = shared.world().switches.refuse_connections.next();
    let gate = Gate { path: None, refusal, asked: Some(&mut path) };
    let Some(mut socket) = accept(stream, gate).await else { return };
    let Some(endpoint) = Endpoint::at(&path) else { return };
    let (id, mut outbox, ended) = shared.world().enter(endpoint);
    let _present = Present { shared: &shared, id };
    let ending = tokio::select! {
        biased;
        ending = ended => ending.unwrap_or(Ending::Cut),
        () = converse(&shared, id, &mut socket, &mut outbox) => Ending::Cut,
    };
    ending.end(&mut socket, |frame| shared.world().transcript.record(id, Direction::Out, frame)).await;
}

/// Takes the client out of the world however its task ends.
struct Present<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.shared.world().clients.remove(&self.id);
    }
}

async fn converse<S>(shared: &Shared, id: u64, socket: &mut WebSocketStream<S>, outbox: &mut mpsc::Receiver<String>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let written = tokio::select! {
            biased;
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { return };
                shared.world().transcript.record(id, Direction::In, &frame);
                let Message::Text(text) = &frame else { continue };
                let answer = shared.world().handle(id, text);
                let early = shared.world().options.early_news;
                let mut frames: Vec<String> = if early { std::iter::from_fn(|| outbox.try_recv().ok()).collect() } else { Vec::new() };
                frames.extend(answer);
                write(shared, id, socket, frames).await
            }
            Some(text) = outbox.recv() => write(shared, id, socket, vec![text]).await,
        };
        if written.is_none() {
            return;
        }
    }
}

async fn write<S>(shared: &Shared, id: u64, socket: &mut WebSocketStream<S>, frames: Vec<String>) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    for text in frames {
        let message = Message::text(text);
        {
            let mut world = shared.world();
            if world.switches.stalled {
                continue;
            }
            world.transcript.record(id, Direction::Out, &message);
        }
        socket.send(message).await.ok()?;
    }
    Some(())
}
