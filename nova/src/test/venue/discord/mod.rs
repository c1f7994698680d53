//! A local venue that speaks the protocol of Discord's gateway, and breaks it on command.

mod builder;
mod commands;
mod connection;
mod http;
mod login;
mod requests;
mod session;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::io::{AsyncRead, AsyncWrite};

pub use self::builder::DiscordBuilder;
use self::world::World;
use crate::{
    Result,
    test::{Tasks, listen},
};

/// A running gateway. Everything of it ends when it is dropped.
///
/// It listens on a free port of this machine, where it also answers `GET /api/v10/gateway` and `/api/v10/gateway/bot`, checks what begins
/// and resumes sessions (token `nova-token` unless told otherwise), watches over heartbeats and rates, and keeps what each session was
/// told, to send it again. Its commands make it misbehave; its [`transcript`](Discord::transcript) says what crossed the wire.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::platform::discord::Dispatch;
///
/// #[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
/// struct Bot;
///
/// let venue = nova::test::venue::Discord::start().await?;
/// let bot = nova::connect(Bot)
///     .platform(nova::platform::Discord::default().api(venue.api()))
///     .credentials(nova::Credentials::token("nova-token"))
///     .await?;
/// assert!(matches!(bot.next().await, Some(nova::Item::Message(Dispatch::Ready(_)))));
/// # Ok(()) }
/// ```
///
/// Under tokio's paused clock hand it in-memory streams: [`builder().offline()`](DiscordBuilder::offline) and [`serve`](Discord::serve).
pub struct Discord {
    shared: Arc<Shared>,
    tasks: Tasks,
    host: String,
}

struct Shared {
    world: Mutex<World>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Discord {
    /// Starts a venue with the default settings.
    ///
    /// # Errors
    /// As [`DiscordBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a venue that is yet to start.
    pub fn builder() -> DiscordBuilder {
        DiscordBuilder::default()
    }

    fn new(options: DiscordBuilder, host: &str, resume_host: &str) -> Result<Self> {
        let world = World::new(options, host, resume_host);
        let shared = Arc::new(Shared { world: Mutex::new(world) });
        Ok(Self { shared, tasks: Tasks::new()?, host: host.to_owned() })
    }

    fn unlistened(options: DiscordBuilder) -> Result<Self> {
        Self::new(options, "venue.test", "resume.venue.test")
    }

    async fn listen(options: DiscordBuilder) -> Result<Self> {
        let (listener, port) = listen().await?;
        // Another name of the same place.
        let venue = Self::new(options, &format!("127.0.0.1:{port}"), &format!("localhost:{port}"))?;
        let shared = Arc::clone(&venue.shared);
        venue.tasks.accept(listener, move |stream| connection::run(Arc::clone(&shared), stream));
        Ok(venue)
    }

    /// Where clients connect to, as [`at`](crate::platform::Discord::at) takes it: for those who do not ask.
    pub fn url(&self) -> String {
        format!("ws://{}", self.host)
    }

    /// Where the REST interface is, as [`api`](crate::platform::Discord::api) and Discord's own libraries take it.
    pub fn api(&self) -> String {
        format!("http://{}/api", self.host)
    }

    /// Serves one connection, the upgrade included, over any stream: tokio's in-memory `duplex`, for one.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.tasks.spawn(connection::run(Arc::clone(&self.shared), stream));
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Discord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discord").field("host", &self.host).finish_non_exhaustive()
    }
}
