//! A local venue that speaks Bybit's protocol, and breaks it on command.

mod auth;
mod book;
mod builder;
mod commands;
mod connection;
mod endpoint;
mod market;
mod orders;
mod requests;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};

pub use self::builder::BybitBuilder;
use self::world::World;
use crate::{
    Result,
    test::{Tasks, listen},
};

/// A running venue with all of its endpoints. Everything of it ends when it is dropped.
///
/// It listens on a free port of this machine, checks logins (`nova` with `nova-secret` unless told otherwise), moves prices while somebody
/// listens, and takes orders, which rest, or are filled where they are market orders. Its commands make it misbehave; its
/// [`transcript`](Bybit::transcript) says what crossed the wire.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// #[nova::client(platform = "bybit", profile = "financial")]
/// struct Desk;
///
/// let venue = nova::test::venue::Bybit::start().await?;
/// let desk = nova::connect(Desk).platform(nova::platform::Bybit::spot().at(venue.origin())).await?;
/// desk.subscribe("publicTrade.BTCUSDT").await?;
/// assert_eq!(venue.subscribed(), ["publicTrade.BTCUSDT"]);
/// # Ok(()) }
/// ```
///
/// Under tokio's paused clock hand it in-memory streams: [`builder().offline()`](BybitBuilder::offline) and [`serve`](Bybit::serve).
pub struct Bybit {
    shared: Arc<Shared>,
    tasks: Tasks,
    origin: String,
}

struct Shared {
    world: Mutex<World>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bybit {
    /// Starts a venue with the default settings.
    ///
    /// # Errors
    /// As [`BybitBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a venue that is yet to start.
    pub fn builder() -> BybitBuilder {
        BybitBuilder::default()
    }

    fn new(options: BybitBuilder) -> Result<Self> {
        let (tasks, shared) = (Tasks::new()?, Arc::new(Shared { world: Mutex::new(World::new(options)) }));
        tasks.spawn(feed(Arc::clone(&shared)));
        Ok(Self { shared, tasks, origin: "ws://venue.test".to_owned() })
    }

    async fn listen(options: BybitBuilder) -> Result<Self> {
        let mut venue = Self::new(options)?;
        let (listener, port) = listen().await?;
        venue.origin = format!("ws://127.0.0.1:{port}");
        let shared = Arc::clone(&venue.shared);
        venue.tasks.accept(listener, move |stream| connection::run(Arc::clone(&shared), stream));
        Ok(venue)
    }

    /// Where clients connect to, as [`at`](crate::platform::Bybit::at) takes it.
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// Serves one connection, the upgrade included, over any stream: tokio's in-memory `duplex`, for one.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.tasks.spawn(connection::run(Arc::clone(&self.shared), stream));
    }
}

impl Drop for Bybit {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Bybit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bybit").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Moves the market while somebody listens, and sleeps while nobody does.
async fn feed(shared: Arc<Shared>) {
    let (listened, tick) = {
        let world = shared.world();
        (Arc::clone(&world.listened), world.options.tick)
    };
    loop {
        if shared.world().is_listened_to() {
            sleep(tick).await;
            shared.world().tick();
        } else {
            listened.notified().await;
        }
    }
}
