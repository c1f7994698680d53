//! The arms: one way each to do a workload, nova's and those without it, over streams of the same kind.
//!
//! An arm that loses something, or gets it out of order, has no time: it has a complaint.

use std::time::Duration;

use nova::{Handle, Handlers};
use tokio_tungstenite::{WebSocketStream, client_async_with_config, tungstenite::protocol::WebSocketConfig};

use crate::site::Site;

pub mod crowds;
pub mod inbound;
pub mod requests;
pub mod sends;

/// What an arm comes to: `Err` says what it did wrong.
pub type Outcome<T = ()> = Result<T, String>;

/// Whom all connect to: streams are dialled elsewhere.
const URL: &str = "ws://bench.test/";

/// An arm that takes longer has lost something.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The complaint of a library.
pub fn complain(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Runs an arm as a task, as nova's clients are tasks: the future that a runtime blocks on is woken in a more costly way.
async fn spawned<T: Send + 'static>(arm: impl Future<Output = Outcome<T>> + Send + 'static) -> Outcome<T> {
    tokio::spawn(arm).await.map_err(complain)?
}

/// A generated client, connected.
async fn generated<C: Handlers>(client: C, site: impl Site) -> Outcome<Handle<C>>
where
    C::Platform: Default,
{
    let dialer = nova::dialer(move |_| {
        let site = site.clone();
        async move { site.dial().await }
    });
    nova::connect(client).url(URL).dialer(dialer).await.map_err(complain)
}

/// The plain stream, connected, with the read buffer that the library has by default or one of so many bytes.
async fn plain<S: Site>(site: &S, buffer: Option<usize>) -> Outcome<WebSocketStream<S::Stream>> {
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = buffer.unwrap_or(config.read_buffer_size);
    let stream = site.dial().await.map_err(complain)?;
    client_async_with_config(URL, stream, Some(config)).await.map(|(ws, _)| ws).map_err(complain)
}
