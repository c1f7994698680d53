//! Where an arm's other end is: a peer in memory, or a server in a process of its own. Both say what they have seen of it.

use std::{io, sync::Arc, time::Duration};

use nova::ByteStream;
use tokio::time::{Instant, sleep};

use crate::{
    arms::{Outcome, complain},
    peer::Peer,
    stream::Memory,
    told::{Seen, Told},
};

/// What was written may be on its way for so long.
const ARRIVES: Duration = Duration::from_secs(10);

/// The other end.
pub trait Site: Clone + Send + Sync + 'static {
    /// What a connection to it is.
    type Stream: ByteStream;

    /// Connects, any number of times.
    fn dial(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// What it has seen so far, of all connections.
    fn seen(&self) -> impl Future<Output = io::Result<Seen>> + Send;
}

/// A peer in memory: each connection has one like this.
#[derive(Clone, Debug)]
pub struct InMemory<P> {
    peer: P,
    told: Arc<Told>,
}

impl<P> InMemory<P> {
    /// The peer that is made of what it is to note what it sees in.
    pub fn new(peer: impl FnOnce(Arc<Told>) -> P) -> Self {
        let told = Arc::new(Told::default());
        Self { peer: peer(told.clone()), told }
    }
}

impl<P: Peer + Clone + Sync> Site for InMemory<P> {
    type Stream = Memory<P>;

    async fn dial(&self) -> io::Result<Memory<P>> {
        Ok(Memory::new(self.peer.clone()))
    }

    async fn seen(&self) -> io::Result<Seen> {
        Ok(self.told.seen())
    }
}

/// Waits until the other end has seen at least so many messages and pongs more than `before`; it must not have refused any.
///
/// # Errors
/// What did not come, or was wrong.
pub async fn arrived(site: &impl Site, before: Seen, messages: u64, pongs: u64) -> Outcome {
    let begun = Instant::now();
    loop {
        let seen = site.seen().await.map_err(complain)?;
        let came = (seen.messages - before.messages, seen.pongs - before.pongs);
        if seen.wrong > before.wrong || came.1 > pongs || begun.elapsed() > ARRIVES {
            return Err(format!(
                "{} of {messages} messages and {} of {pongs} pongs came, {} frames wrong",
                came.0,
                came.1,
                seen.wrong - before.wrong
            ));
        }
        if came.0 >= messages && came.1 == pongs {
            return Ok(());
        }
        sleep(Duration::from_millis(1)).await;
    }
}
