//! One client's conversation, from the upgrade to the end: the only place that awaits its socket.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use flate2::{Compression, write::ZlibEncoder};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt, join, split},
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Shared, http::Head};
use crate::test::{
    Direction,
    venue::{
        parting::Ending,
        upgrade::{Gate, accept},
    },
};

pub(super) async fn run<S>(shared: Arc<Shared>, mut stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(head) = Head::read(&mut stream).await else { return };
    if !head.upgrades {
        let answer = shared.world().rest(&head);
        drop(stream.write_all(answer.as_bytes()).await);
        drop(stream.shutdown().await);
        return;
    }
    let refusal = shared.world().refusal(&head);
    let (read, write) = split(stream);
    let stream = join(io::Cursor::new(head.bytes.clone()).chain(read), write);
    let Some(mut socket) = accept(stream, Gate { path: None, refusal, asked: None }).await else { return };
    let (id, outbox, ended) = shared.world().enter(&head);
    let _present = Present { shared: &shared, id };
    let packer = head.asks("compress", "zlib-stream").then(|| ZlibEncoder::new(Vec::new(), Compression::default()));
    let talk = Talk { shared: &shared, id, packer, outbox };
    let ending = tokio::select! {
        biased;
        ending = ended => ending.unwrap_or(Ending::Cut),
        ending = talk.converse(&mut socket) => ending,
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
        self.shared.world().leave(self.id);
    }
}

struct Talk<'a> {
    shared: &'a Shared,
    id: u64,
    /// The stream of a connection that is compressed.
    packer: Option<ZlibEncoder<Vec<u8>>>,
    outbox: mpsc::Receiver<String>,
}

impl Talk<'_> {
    async fn converse<S>(mut self, socket: &mut WebSocketStream<S>) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let patience = self.shared.world().options.heartbeat.mul_f64(1.5);
        let mut beat = Instant::now();
        loop {
            tokio::select! {
                biased;
                frame = socket.next() => {
                    let Some(Ok(frame)) = frame else { return Ending::Cut };
                    self.shared.world().transcript.record(self.id, Direction::In, &frame);
                    let text = match &frame {
                        Message::Text(text) => text,
                        Message::Close(close) => {
                            let code = close.as_ref().map_or(1_005, |close| close.code.into());
                            self.shared.world().parted(self.id, code);
                            continue;
                        }
                        _ => continue,
                    };
                    let beats = self.shared.world().beats();
                    if let Err(ending) = self.shared.world().handle(self.id, text) {
                        return ending;
                    }
                    if self.shared.world().beats() > beats {
                        beat = Instant::now();
                    }
                }
                Some(text) = self.outbox.recv() => {
                    if self.write(socket, text).await.is_none() {
                        return Ending::Cut;
                    }
                }
                () = sleep_until(beat + patience) => {
                    return Ending::Close(4_009, "Session timed out.".to_owned());
                }
            }
        }
    }

    async fn write<S>(&mut self, socket: &mut WebSocketStream<S>, text: String) -> Option<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (in_parts, garbled) = {
            let mut world = self.shared.world();
            if world.switches.stalled {
                return Some(());
            }
            // As it is meant, not as it is packed.
            world.transcript.record(self.id, Direction::Out, &Message::text(text.as_str()));
            let garbled = self.packer.is_some() && std::mem::take(&mut world.switches.garbled);
            (world.switches.in_parts, garbled)
        };
        let Some(packer) = &mut self.packer else { return socket.send(Message::text(text)).await.ok() };
        packer.write_all(text.as_bytes()).and_then(|()| packer.flush()).ok()?;
        let mut bytes = std::mem::take(packer.get_mut());
        if garbled {
            bytes.fill(0xff);
        }
        let size = if in_parts { bytes.len().div_ceil(3) } else { bytes.len() };
        for part in bytes.chunks(size.max(1)) {
            socket.send(Message::binary(part.to_vec())).await.ok()?;
        }
        Some(())
    }
}
