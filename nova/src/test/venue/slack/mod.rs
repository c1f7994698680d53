//! A local Slack: the one method of its Web API that Socket Mode needs, and the sockets, on one port. It breaks things on command.

mod builder;
mod commands;
mod connection;
mod envelopes;
mod open;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Notify,
};

pub use self::builder::SlackBuilder;
use self::world::World;
use crate::{
    Result,
    test::{Tasks, listen},
};

/// A running workspace with one app. Everything of it ends when it is dropped.
///
/// It tells an address with a ticket for one connection to whoever has the app-level token (`xapp-1-A0001-1-nova` unless told otherwise),
/// says hello, delivers what the test has happen to one of the app's connections, wants each envelope acknowledged within three seconds, and
/// sends events again that were not. What a client does wrong is in [`complaints`](Slack::complaints).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::{Credentials, Item, platform, platform::slack::Feed};
///
/// #[nova::client(platform = "slack", profile = "messaging", message = Feed)]
/// struct App;
///
/// let venue = nova::test::venue::Slack::start().await?;
/// let token = Credentials::token(venue.token());
/// let app = nova::connect(App).platform(platform::Slack::new().at(venue.api())).credentials(token).await?;
/// let said = venue.event(serde_json::json!({ "type": "app_mention", "user": "U1", "text": "hi", "ts": "1.2", "channel": "C1" }));
/// assert!(matches!(app.next().await, Some(Item::Message(Feed::Hello(_)))));
/// assert!(matches!(app.next().await, Some(Item::Message(Feed::Mention(_)))));
/// assert!(venue.acknowledged(&said).await.is_some());
/// # Ok(()) }
/// ```
///
/// Under tokio's paused clock hand it in-memory streams: [`builder().offline()`](SlackBuilder::offline) and [`serve`](Slack::serve).
pub struct Slack {
    shared: Arc<Shared>,
}

struct Shared {
    world: Mutex<World>,
    /// Something about an envelope has changed.
    news: Notify,
    tasks: Tasks,
    /// Host and port.
    authority: String,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slack {
    /// Starts a workspace with the default settings.
    ///
    /// # Errors
    /// As [`SlackBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a workspace that is yet to start.
    pub fn builder() -> SlackBuilder {
        SlackBuilder::default()
    }

    fn new(options: SlackBuilder, authority: String) -> Result<Self> {
        let (tasks, world) = (Tasks::new()?, Mutex::new(World::new(options)));
        Ok(Self { shared: Arc::new(Shared { world, news: Notify::new(), tasks, authority }) })
    }

    async fn listen(options: SlackBuilder) -> Result<Self> {
        let (listener, port) = listen().await?;
        let venue = Self::new(options, format!("127.0.0.1:{port}"))?;
        let shared = Arc::clone(&venue.shared);
        venue.shared.tasks.accept(listener, move |stream| connection::run(Arc::clone(&shared), stream));
        Ok(venue)
    }

    /// The address of its Web API, as [`at`](crate::platform::Slack::at) takes it.
    pub fn api(&self) -> String {
        format!("http://{}/api", self.shared.authority)
    }

    /// The app-level token.
    pub fn token(&self) -> String {
        self.shared.world().options.token.clone()
    }

    /// Serves one connection, a request of the Web API or a WebSocket, over any stream: tokio's in-memory `duplex`, for one.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.shared.tasks.spawn(connection::run(Arc::clone(&self.shared), stream));
    }
}

impl Drop for Slack {
    fn drop(&mut self) {
        self.shared.tasks.end();
    }
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack").field("authority", &self.shared.authority).finish_non_exhaustive()
    }
}
