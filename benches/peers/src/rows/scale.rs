//! Many connections, each of which has a message a second.

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
use nautilus_network::websocket::TransportBackend;

use crate::{
    measure::{Arm, Row, Unit, Work},
    others,
};

/// How long is looked.
const WINDOW: Duration = Duration::from_secs(8);

/// Connections that are made at a time.
const AT_ONCE: usize = 100;

pub(super) fn row() -> Row {
    Row {
        name: "scale",
        what: "connections with a message a second each, for 8 seconds",
        server: Kind::Ticks,
        count: 10_000,
        unit: Unit::CpuNanos,
        rounds: 2,
        arms: vec![
            Arm::new("nova", Goal::None, nova),
            Arm::new("tokio-tungstenite 0.30", Goal::AtMost(0.95, 0.8), plain),
            Arm::new("nautilus 0.57 sockudo", Goal::AtMost(0.25, 0.17), nautilus),
        ],
    }
}

/// Looks for a while at connections that are up.
async fn watched(lived: &Lived, work: Work) -> Outcome<Duration> {
    let before = lived.messages();
    let taken = work.begin();
    tokio::time::sleep(WINDOW).await;
    let took = taken();
    let came = lived.messages() - before;
    let wanted = work.count * WINDOW.as_secs();
    // Those of one tick may lie on either side of either end.
    if came.abs_diff(wanted) <= 2 * work.count { Ok(took) } else { Err(format!("{came} of {wanted} messages came")) }
}

async fn nova(work: Work) -> Outcome<Duration> {
    let lived = Arc::default();
    let _crowd = crowds::nova(work.count, work.at, &lived).await?;
    watched(&lived, work).await
}

async fn plain(work: Work) -> Outcome<Duration> {
    let lived = Arc::default();
    let _crowd = crowds::plain(work.count, work.at, &lived).await?;
    watched(&lived, work).await
}

async fn nautilus(work: Work) -> Outcome<Duration> {
    let lived = Arc::<Lived>::default();
    let count = usize::try_from(work.count).map_err(complain)?;
    let _crowd: Vec<_> = stream::iter(0..count)
        .map(|_| {
            let heard = lived.clone();
            others::nautilus(work.url(), TransportBackend::Sockudo, move |_| heard.heard())
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    watched(&lived, work).await
}
