//! A thousand connections that are dropped at once: the time until all are back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use benches::clients::Venue;
use futures_util::{StreamExt, TryStreamExt, stream};
use nautilus_network::websocket::{TransportBackend, WebSocketClient, WebSocketConfig};
use nova::{ConnectionHandler, ConnectionInfo, Context};
use tokio::sync::Notify;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::Server,
};

/// How long all have been up before the drop: a link that is lost at once after it was made comes back slower, by design.
const STABLE: Duration = Duration::from_secs(16);

const PATH: &str = "hold";

pub fn row() -> Row {
    Row {
        name: "reconnect",
        what: "connections dropped at once, until all are back",
        count: 1_000,
        unit: Unit::Millis,
        rounds: 3,
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, count| Box::pin(nova(server, count)) },
            Arm {
                name: "tokio-tungstenite 0.30 loop",
                must: Must::AtMost(1.0),
                run: |server, count| Box::pin(plain(server, count)),
            },
            Arm {
                name: "nautilus 0.57 tungstenite",
                must: Must::AtMost(0.35),
                run: |server, count| Box::pin(nautilus(server, count, TransportBackend::Tungstenite)),
            },
            Arm {
                name: "nautilus 0.57 sockudo",
                must: Must::AtMost(0.35),
                run: |server, count| Box::pin(nautilus(server, count, TransportBackend::Sockudo)),
            },
        ],
    }
}

/// How many connections were made, and who is told when that is enough.
#[derive(Clone, Default)]
struct Up(Arc<(AtomicU64, Notify)>, u64);

impl Up {
    fn of(count: u64) -> Self {
        Self(Arc::default(), count)
    }

    fn one(&self) {
        if (self.0.0.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.1) {
            self.0.1.notify_one();
        }
    }

    /// Drops all, and waits until they are back.
    async fn dropped(&self, server: &Server) -> Outcome<Cost> {
        tokio::time::sleep(STABLE).await;
        let look = Look::now();
        let stream = server.dial(0).await.map_err(complain)?;
        // It ends every connection, this one too.
        let _ = tokio_tungstenite::client_async(server.url(0, "drop"), stream).await;
        self.0.1.notified().await;
        Ok(look.taken())
    }
}

#[nova::client(
    platform = Venue,
    profile = "financial",
    reconnect(initial_delay = "1ms", jitter = 0.25),
    overrides(ConnectionHandler)
)]
struct Held(Up);

impl ConnectionHandler for Held {
    async fn handle_connect(&mut self, _: &ConnectionInfo, _: &mut Context<'_, Self>) -> nova::Result {
        self.0.one();
        Ok(())
    }
}

async fn nova(server: &Server, count: u64) -> Outcome<Cost> {
    let up = Up::of(count);
    let _all: Vec<_> = stream::iter(0..count)
        .map(|_| async { nova::connect(Held(up.clone())).url(server.url(0, PATH)).await.map_err(complain) })
        .buffer_unordered(100)
        .try_collect()
        .await?;
    up.0.1.notified().await;
    up.dropped(server).await
}

async fn plain(server: &Server, count: u64) -> Outcome<Cost> {
    let up = Up::of(count);
    let url = server.url(0, PATH);
    for number in 0..count {
        let (up, url) = (up.clone(), url.clone());
        tokio::spawn(async move {
            loop {
                if let Ok((mut ws, _)) = tokio_tungstenite::connect_async(&url).await {
                    up.one();
                    while let Some(Ok(_)) = ws.next().await {}
                }
                // As nova's: a millisecond, a quarter more or less.
                tokio::time::sleep(Duration::from_micros(750 + number * 499 / 999)).await;
            }
        });
    }
    up.0.1.notified().await;
    up.dropped(server).await
}

async fn nautilus(server: &Server, count: u64, backend: TransportBackend) -> Outcome<Cost> {
    let up = Up::of(count);
    let url = server.url(0, PATH);
    let _all: Vec<_> = stream::iter(0..count)
        .map(|_| {
            let again = up.clone();
            let config = WebSocketConfig::builder()
                .url(url.clone())
                .backend(backend)
                .reconnect_delay_initial_ms(1)
                .reconnect_jitter_ms(0)
                .build();
            let back: Arc<dyn Fn() + Send + Sync> = Arc::new(move || again.one());
            async move {
                WebSocketClient::connect(config, Some(Arc::new(|_| {})), None, Some(back), Vec::new(), None)
                    .await
                    .map_err(complain)
            }
        })
        .buffer_unordered(100)
        .try_collect()
        .await?;
    up.dropped(server).await
}
