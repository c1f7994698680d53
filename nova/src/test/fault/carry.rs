//! One connection over a link: a shaper a direction between two byte streams, and what may end them both.

use std::{
    future, io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Buf, Bytes};
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    select,
    sync::watch,
    time::{Instant, sleep_until},
    try_join,
};

use super::{
    link::Conditions,
    shape::{Direction, Ending, Faults},
    shaper::{Next, Shaper},
};

/// Read at a time.
const CHUNK: usize = 16 * 1024;

/// One connection over a link.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    changes: watch::Receiver<Conditions>,
    /// The strokes before it was made, which do not concern it.
    strokes: u64,
    number: u64,
    opened: Instant,
    /// When something last passed.
    used: Arc<Mutex<Instant>>,
}

impl Connection {
    pub(super) fn new(changes: watch::Receiver<Conditions>, number: u64, now: Instant) -> Self {
        let strokes = changes.borrow().strokes;
        Self { changes, strokes, number, opened: now, used: Arc::new(Mutex::new(now)) }
    }

    /// Carries bytes between the client and the server until both have ended, or the link ends it.
    pub(super) async fn carry<C, S>(&self, client: &mut C, server: &mut S) -> Ending
    where
        C: AsyncRead + AsyncWrite + Unpin,
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
        let both = async {
            try_join!(
                self.clone().lane(from_client, to_server, Direction::Outbound),
                self.clone().lane(from_server, to_client, Direction::Inbound),
            )
        };
        select! {
            biased;
            ending = self.clone().stroke() => ending,
            ended = both => ended.err().unwrap_or(Ending::Close),
        }
    }

    /// Resolves once nobody can look at the link any more.
    pub(super) async fn abandoned(mut self) {
        while self.changes.changed().await.is_ok() {}
    }

    /// Resolves when the connection as a whole ends: by the handle, by its age, or because it was idle.
    async fn stroke(mut self) -> Ending {
        loop {
            let used = self.last_used();
            let first = {
                let conditions = self.changes.borrow_and_update();
                if conditions.strokes != self.strokes {
                    return conditions.stroke;
                }
                let Faults { end_after, forget_idle, .. } = &conditions.faults;
                let aged = end_after.map(|(after, ending)| (self.opened + after, ending));
                let forgotten = forget_idle.map(|idle| (used + idle, Ending::Vanish));
                [aged, forgotten].into_iter().flatten().min_by_key(|(at, _)| *at)
            };
            if let Some((at, ending)) = first
                && at <= Instant::now()
            {
                return ending;
            }
            select! {
                biased;
                () = changed(&mut self.changes) => {}
                () = at(first.map(|(at, _)| at)) => {}
            }
        }
    }

    /// Carries one direction. `Ok` once its end was told in order.
    async fn lane(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        direction: Direction,
    ) -> Result<(), Ending> {
        let mut shaper = {
            let conditions = self.changes.borrow_and_update();
            let rng = StdRng::seed_from_u64(seed(conditions.faults.seed, self.number, direction));
            Shaper::new(conditions.faults.shape(direction).clone(), rng, self.opened)
        };
        let mut chunk = vec![0; CHUNK];
        let mut piece = Bytes::new();
        let (mut open, mut refused) = (true, false);
        loop {
            let mut due = None;
            if piece.is_empty() {
                match shaper.next(Instant::now()) {
                    // What nobody takes any more is on its way to nobody.
                    Next::Bytes(_) if refused => continue,
                    Next::Bytes(bytes) => {
                        self.note_used();
                        piece = bytes;
                    }
                    Next::At(moment) => due = Some(moment),
                    Next::Nothing => {}
                    Next::End(Some(ending)) => return Err(ending),
                    Next::End(None) => {
                        // A stream that cannot be ended has ended.
                        let _ = to.shutdown().await;
                        return Ok(());
                    }
                }
            }
            let room = shaper.room().min(CHUNK);
            select! {
                biased;
                () = changed(&mut self.changes) => {
                    let conditions = self.changes.borrow_and_update();
                    shaper.reshape(conditions.faults.shape(direction), Instant::now());
                }
                written = write(&mut to, &piece), if !piece.is_empty() => {
                    // Whoever is gone reads nothing more; what it has said before is still on its way.
                    refused = written.is_err();
                    piece.advance(written.unwrap_or(piece.len()));
                }
                read = from.read(&mut chunk[..room]), if open && room > 0 => match read {
                    Ok(count) if count > 0 => shaper.push(&chunk[..count], Instant::now()),
                    end => {
                        open = false;
                        shaper.finish(end.is_err().then_some(Ending::Reset), Instant::now());
                    }
                },
                () = at(due), if due.is_some() => {}
            }
        }
    }

    fn note_used(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last_used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each direction of each connection has a chance of its own.
fn seed(seed: u64, connection: u64, direction: Direction) -> u64 {
    let lane = 2 * connection + u64::from(direction == Direction::Outbound);
    seed ^ lane.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Writes some of the bytes; a stream that takes none has ended.
async fn write(to: &mut (impl AsyncWrite + Unpin), piece: &[u8]) -> io::Result<usize> {
    let count = to.write(piece).await?;
    if count == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(count)
}

/// Resolves with the next change, if there can be one.
async fn changed(changes: &mut watch::Receiver<Conditions>) {
    if changes.changed().await.is_err() {
        future::pending::<()>().await;
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => future::pending().await,
    }
}
