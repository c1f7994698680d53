//! A thousand connections that are dropped at once: the time until all are back.

use std::{sync::Arc, time::Duration};

use benches::{
    arms::{
        Outcome, complain,
        crowds::{self, Lived},
    },
    goals::Goal,
    server::Kind,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use nautilus_network::websocket::{TransportBackend, WebSocketClient, WebSocketConfig};

use crate::{
    measure::{Arm, Row, Unit, Work},
    others::NAUTILUS,
};

/// How long all have been up before the drop: a link that is lost at once after it was made comes back slower, by design.
const STABLE: Duration = Duration::from_secs(16);

/// Connections that are made at a time.
const AT_ONCE: usize = 100;

pub(super) fn row() -> Row {
    let mut arms = vec![
        Arm::new("nova", Goal::None, nova),
        Arm::new("tokio-tungstenite 0.30 loop", Goal::AtMost(1.0, 0.85), plain),
    ];
    arms.extend(NAUTILUS.map(|(name, by)| Arm::new(name, Goal::AtMost(0.35, 0.25), move |work| nautilus(work, by))));
    Row {
        name: "reconnect",
        what: "connections dropped at once, until all are back",
        server: Kind::Answers,
        count: 1_000,
        unit: Unit::Millis,
        rounds: 3,
        arms,
    }
}

/// Drops all, and waits until they are back.
async fn dropped(lived: &Lived, work: Work) -> Outcome<Duration> {
    tokio::time::sleep(STABLE).await;
    let taken = work.begin();
    work.at.drop_all().await.map_err(complain)?;
    lived.until_ready(2 * work.count).await?;
    Ok(taken())
}

async fn nova(work: Work) -> Outcome<Duration> {
    let lived = Arc::default();
    let _crowd = crowds::nova(work.count, work.at, &lived).await?;
    dropped(&lived, work).await
}

async fn plain(work: Work) -> Outcome<Duration> {
    let lived = Arc::default();
    let _crowd = crowds::plain(work.count, work.at, &lived).await?;
    dropped(&lived, work).await
}

async fn nautilus(work: Work, backend: TransportBackend) -> Outcome<Duration> {
    let lived = Arc::<Lived>::default();
    let _crowd: Vec<_> = stream::iter(0..work.count)
        .map(|_| {
            let again = lived.clone();
            let back: Arc<dyn Fn() + Send + Sync> = Arc::new(move || again.connected());
            let config = WebSocketConfig::builder()
                .url(work.url())
                .backend(backend)
                .reconnect_delay_initial_ms(1)
                .reconnect_jitter_ms(0)
                .build();
            async {
                let client =
                    WebSocketClient::connect(config, Some(Arc::new(|_| {})), None, Some(back), Vec::new(), None).await;
                lived.connected();
                client.map_err(complain)
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    dropped(&lived, work).await
}
