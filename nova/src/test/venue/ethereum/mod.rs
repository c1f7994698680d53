//! A local Ethereum node of a tiny chain, which mines, reorganises and breaks on command.

mod chain;
mod connection;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};

use self::world::World;
use crate::{
    Result,
    test::{
        Line, Tasks, listen,
        venue::parting::{Ending, Refusals},
    },
};

/// A running node. Everything of it ends when it is dropped.
///
/// Its chain has one block, and grows when it is told to. It knows `newHeads`, `logs`, `newPendingTransactions` and `syncing`, what
/// is needed to fetch blocks and logs again, and batches.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::{platform::ethereum::{Feed, Node}, test::venue};
///
/// #[nova::client(platform = "ethereum", message = Feed)]
/// struct Watcher;
///
/// let venue = venue::Ethereum::start().await?;
/// let node = nova::connect(Watcher).url(venue.url()).await?;
/// node.subscribe("newHeads").await?;
/// venue.mine();
/// assert!(matches!(node.next().await, Some(nova::Item::Message(Feed::Head(head))) if head.number == 1));
/// assert_eq!(node.block_number().await?.to_string(), "1");
/// # Ok(()) }
/// ```
///
/// Under tokio's paused clock it is made by [`offline`](Self::offline) and [served](Self::serve) over in-memory streams.
pub struct Ethereum {
    shared: Arc<Shared>,
    tasks: Tasks,
    url: String,
}

/// A log that a contract says in the next block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// The contract, as `0x` and 40 digits.
    pub address: String,
    /// Up to four of `0x` and 64 digits.
    pub topics: Vec<String>,
    /// `0x` and digits.
    pub data: String,
}

impl Emitted {
    /// A log of this contract with one topic, each of the given number, and no data.
    pub fn new(address: u64, topic: u64) -> Self {
        Self { address: format!("{address:#042x}"), topics: vec![format!("{topic:#066x}")], data: "0x".to_owned() }
    }
}

struct Shared {
    world: Mutex<World>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ethereum {
    /// Starts a node on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Dial`](crate::Error::Dial) says why no port could be opened; [`Error::NoRuntime`](crate::Error::NoRuntime) outside a tokio
    /// runtime.
    pub async fn start() -> Result<Self> {
        let mut node = Self::offline()?;
        let (listener, port) = listen().await?;
        node.url = format!("ws://127.0.0.1:{port}");
        let shared = Arc::clone(&node.shared);
        node.tasks.accept(listener, move |stream| {
            let shared = Arc::clone(&shared);
            async move { connection::run(&shared, stream).await }
        });
        Ok(node)
    }

    /// A node without a port: clients come through [`serve`](Self::serve) only, so that tokio's clock may be paused.
    ///
    /// # Errors
    /// [`Error::NoRuntime`](crate::Error::NoRuntime) outside a tokio runtime.
    pub fn offline() -> Result<Self> {
        let shared = Arc::new(Shared { world: Mutex::new(World::new()) });
        Ok(Self { shared, tasks: Tasks::new()?, url: "ws://node.test".to_owned() })
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
        let shared = Arc::clone(&self.shared);
        self.tasks.spawn(async move { connection::run(&shared, stream).await });
    }
}

/// The chain.
impl Ethereum {
    /// A contract says this in the next block.
    pub fn emit(&self, log: Emitted) {
        self.shared.world().pending.push(log);
    }

    /// Mines a block; returns its height.
    pub fn mine(&self) -> u64 {
        self.shared.world().mine()
    }

    /// Takes back the latest `depth` blocks, never the first of all, and mines `length` others; what is to be emitted is in the first.
    pub fn reorganise(&self, depth: usize, length: usize) {
        self.shared.world().reorganise(depth, length);
    }

    /// The hashes of the chain as it is now, by height.
    pub fn hashes(&self) -> Vec<String> {
        self.shared.world().chain.blocks.iter().map(chain::Block::hash).collect()
    }

    /// A transaction waits to be mined: its hash is told, and nothing comes of it.
    pub fn pend(&self, hash: &str) {
        self.shared.world().push("newPendingTransactions", |_| vec![json!(hash)]);
    }

    /// Tells whether the node is catching up, in whichever form.
    pub fn sync(&self, status: &Value) {
        self.shared.world().push("syncing", |_| vec![status.clone()]);
    }
}

/// Breaking things.
impl Ethereum {
    /// Drops every client without a close frame. Says how many there were.
    pub fn cut(&self) -> usize {
        self.shared.world().end_all(&Ending::Cut)
    }

    /// Closes every client with a code and a reason. Says how many there were.
    pub fn close_all(&self, code: u16, reason: &str) -> usize {
        self.shared.world().end_all(&Ending::Close(code, reason.to_owned()))
    }

    /// Answers the next `times` upgrades with an HTTP status; one that is no status counts as 503.
    pub fn refuse_connections(&self, times: u32, status: u16) {
        self.shared.world().switches.refuse_connections = Refusals::new(times, status);
    }

    /// Refuses the next `times` calls of a method, or subscriptions of a kind, with an error.
    pub fn refuse(&self, what: &str, times: u32, code: i64, message: &str) {
        self.shared.world().switches.refusals.push_back((what.to_owned(), times.max(1), code, message.to_owned()));
    }

    /// `eth_getLogs` answers with at most so many logs, and refuses what would be more. Default: 10,000.
    pub fn most_logs(&self, most: usize) {
        self.shared.world().switches.most_logs = most;
    }

    /// Whether what a call causes is told before the call is answered, as some nodes do. Default: no.
    pub fn notify_early(&self, early: bool) {
        self.shared.world().switches.early = early;
    }

    /// While on, calls are carried out and nothing is written. Pings of the WebSocket itself are still answered.
    pub fn mute(&self, on: bool) {
        self.shared.world().switches.mute = on;
    }

    /// The next notification is lost.
    pub fn lose_next(&self) {
        self.shared.world().switches.lose += 1;
    }

    /// The next notification comes twice.
    pub fn repeat_next(&self) {
        self.shared.world().switches.repeat += 1;
    }

    /// The next call is carried out and not answered.
    pub fn drop_next_reply(&self) {
        self.shared.world().switches.drop_replies += 1;
    }

    /// Sends every client this text, whatever it is.
    pub fn say(&self, text: &str) {
        let world = self.shared.world();
        world.clients.keys().for_each(|id| world.send(*id, text.to_owned()));
    }
}

/// Asking.
impl Ethereum {
    /// How many clients are connected now.
    pub fn connections(&self) -> usize {
        self.shared.world().clients.len()
    }

    /// How many clients have connected since the start.
    pub fn connected(&self) -> u64 {
        self.shared.world().connected
    }

    /// What is subscribed now, each as its parameters.
    pub fn subscribed(&self) -> Vec<Value> {
        self.shared.world().subscribed()
    }

    /// Every frame in both directions, oldest first; the last 100,000 of them.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.world().transcript.lines()
    }

    /// The parameters of every call of `method`, oldest first.
    pub fn requests(&self, method: &str) -> Vec<Value> {
        self.shared.world().transcript.requests(method)
    }
}

impl Drop for Ethereum {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Ethereum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ethereum").field("url", &self.url).finish_non_exhaustive()
    }
}
