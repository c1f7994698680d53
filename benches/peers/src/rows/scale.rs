//! Many connections, each of which has a message a second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use benches::clients::Venue;
use futures_util::{StreamExt, TryStreamExt, stream};
use nautilus_network::{
    transport::Message as NautilusMessage,
    websocket::{TransportBackend, WebSocketClient, WebSocketConfig},
};
use nova::{Context, MessageHandler, Raw, Result};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::Server,
};

/// How long is looked.
const WINDOW: Duration = Duration::from_secs(8);

/// Connections that are made at a time.
const AT_ONCE: usize = 100;

const PATH: &str = "tick";

pub fn row() -> Row {
    Row {
        name: "scale",
        what: "connections with a message a second each, for 8 seconds",
        count: 10_000,
        unit: Unit::CpuNanos,
        rounds: 2,
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, count| Box::pin(nova(server, count)) },
            Arm {
                name: "tokio-tungstenite 0.30",
                must: Must::AtMost(0.95),
                run: |server, count| Box::pin(plain(server, count)),
            },
            Arm {
                name: "nautilus 0.57 sockudo",
                must: Must::AtMost(0.25),
                run: |server, count| Box::pin(nautilus(server, count)),
            },
        ],
    }
}

type Came = Arc<AtomicU64>;

/// Looks for a while at connections that are up.
async fn watched(came: &Came, count: u64) -> Outcome<Cost> {
    let before = came.load(Ordering::Relaxed);
    let look = Look::now();
    tokio::time::sleep(WINDOW).await;
    let cost = look.taken();
    let came = came.load(Ordering::Relaxed) - before;
    let wanted = count * WINDOW.as_secs();
    // Those of one tick may lie on either side of either end.
    if came.abs_diff(wanted) <= 2 * count { Ok(cost) } else { Err(format!("{came} of {wanted} messages came")) }
}

/// Makes connections, some at a time, and keeps them.
async fn made<T, F: Future<Output = Outcome<T>>>(count: u64, make: impl Fn(usize) -> F) -> Outcome<Vec<T>> {
    let count = usize::try_from(count).map_err(complain)?;
    stream::iter(0..count).map(make).buffer_unordered(AT_ONCE).try_collect().await
}

#[nova::client(platform = Venue, profile = "financial", overrides(MessageHandler))]
struct Ticks(Came);

impl MessageHandler for Ticks {
    async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn nova(server: &Server, count: u64) -> Outcome<Cost> {
    let came = Came::default();
    let _all = made(count, |lane| {
        let client = nova::connect(Ticks(came.clone())).url(server.url(lane, PATH));
        async move { client.await.map_err(complain) }
    })
    .await?;
    watched(&came, count).await
}

async fn plain(server: &Server, count: u64) -> Outcome<Cost> {
    let came = Came::default();
    let all = made(count, |lane| async move {
        let stream = server.dial(lane).await.map_err(complain)?;
        let (ws, _) = tokio_tungstenite::client_async(server.url(lane, PATH), stream).await.map_err(complain)?;
        Ok(ws)
    })
    .await?;
    for mut ws in all {
        let came = came.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = ws.next().await {
                came.fetch_add(u64::from(matches!(message, Message::Text(_))), Ordering::Relaxed);
            }
        });
    }
    watched(&came, count).await
}

async fn nautilus(server: &Server, count: u64) -> Outcome<Cost> {
    let came = Came::default();
    let _all =
        made(count, |lane| {
            let came = came.clone();
            let handler = Arc::new(move |message: NautilusMessage| {
                came.fetch_add(u64::from(matches!(message, NautilusMessage::Text(_))), Ordering::Relaxed);
            });
            let url = server.url(lane, PATH);
            let config = WebSocketConfig::builder().url(url).backend(TransportBackend::Sockudo).build();
            async move {
                WebSocketClient::connect(config, Some(handler), None, None, Vec::new(), None).await.map_err(complain)
            }
        })
        .await?;
    watched(&came, count).await
}
