//! One client's conversation: the only place that awaits its socket.

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::Shared;
use crate::test::{
    Direction,
    venue::{
        parting::Ending,
        upgrade::{Gate, accept},
    },
};

pub(super) async fn run<S>(shared: &Shared, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let refusal = shared.world().switches.refuse_connections.next();
    let Some(mut socket) = accept(stream, Gate { path: None, refusal, asked: None }).await else { return };
    let (id, outbox, ended) = shared.world().enter();
    let ending = tokio::select! {
        biased;
        ending = ended => ending.unwrap_or(Ending::Cut),
        () = serve(shared, id, &mut socket, outbox) => Ending::Cut,
    };
    shared.world().clients.remove(&id);
    ending.end(&mut socket, |_| {}).await;
}

async fn serve<S>(
    shared: &Shared,
    id: u64,
    socket: &mut WebSocketStream<S>,
    mut outbox: mpsc::UnboundedReceiver<String>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let texts = tokio::select! {
            biased;
            Some(text) = outbox.recv() => vec![text],
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { return };
                let mut world = shared.world();
                world.transcript.record(id, Direction::In, &frame);
                let answer = match &frame {
                    Message::Text(text) => world.handle(id, text),
                    Message::Close(_) => return,
                    _ => None,
                };
                let early = world.switches.early;
                drop(world);
                // What the call has caused comes before its answer, or behind it.
                let caused = if early { std::iter::from_fn(|| outbox.try_recv().ok()).collect() } else { Vec::new() };
                caused.into_iter().chain(answer).collect()
            }
        };
        for text in texts {
            let message = Message::text(text);
            {
                let mut world = shared.world();
                if world.switches.mute {
                    continue;
                }
                world.transcript.record(id, Direction::Out, &message);
            }
            if socket.send(message).await.is_err() {
                return;
            }
        }
    }
}
