//! A local venue that speaks Deribit's protocol, and breaks it on command.

mod auth;
mod builder;
mod commands;
mod connection;
mod credits;
mod fault;
mod heartbeat;
mod instrument;
mod ladder;
mod market;
mod orders;
mod payload;
mod private;
mod public;
mod rpc;
mod subscribe;
#[cfg(test)]
mod tests;
mod topic;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};

use self::world::World;
pub use self::{
    builder::DeribitBuilder,
    credits::{Credits, Pool},
};
use super::{clock, random};
use crate::{
    Result,
    test::{Tasks, listen},
};

const PATH: &str = "/ws/api/v2";

/// A running venue. Everything of it ends when it is dropped.
///
/// It listens on a free port of this machine, logs clients in (`nova` with `nova-secret` unless told otherwise), moves prices while
/// somebody listens, and takes orders. Its commands make it misbehave; its [`transcript`](Deribit::transcript) says what crossed the
/// wire.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::test::venue::Deribit;
///
/// let venue = Deribit::start().await?;
/// // Connect any client to `venue.url()`, then:
/// venue.expire_logins();
/// assert_eq!(venue.cut(), 0, "nobody was connected");
/// # Ok(()) }
/// ```
///
/// Under tokio's paused clock hand it in-memory streams:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// let venue = nova::test::venue::Deribit::builder().offline()?;
/// let (client, server) = tokio::io::duplex(64 * 1024);
/// venue.serve(server);
/// # drop(client);
/// # Ok(()) }
/// ```
pub struct Deribit {
    shared: Arc<Shared>,
    tasks: Tasks,
    url: String,
}

struct Shared {
    world: Mutex<World>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deribit {
    /// Starts a venue with the default settings.
    ///
    /// # Errors
    /// As [`DeribitBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a venue that is yet to start.
    pub fn builder() -> DeribitBuilder {
        DeribitBuilder::default()
    }

    fn new(options: DeribitBuilder) -> Result<Self> {
        let (tasks, shared) = (Tasks::new()?, Arc::new(Shared { world: Mutex::new(World::new(options)?) }));
        tasks.spawn(feed(Arc::clone(&shared)));
        Ok(Self { shared, tasks, url: format!("ws://venue.test{PATH}") })
    }

    async fn listen(options: DeribitBuilder) -> Result<Self> {
        let mut venue = Self::new(options)?;
        let (listener, port) = listen().await?;
        venue.url = format!("ws://127.0.0.1:{port}{PATH}");
        let shared = Arc::clone(&venue.shared);
        venue.tasks.accept(listener, move |stream| connection::run(Arc::clone(&shared), stream));
        Ok(venue)
    }

    /// Where clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves one connection, the upgrade included, over any stream: tokio's in-memory `duplex`, for one.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.tasks.spawn(connection::run(Arc::clone(&self.shared), stream));
    }
}

impl Drop for Deribit {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Deribit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deribit").field("url", &self.url).finish_non_exhaustive()
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
