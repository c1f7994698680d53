//! Small messages sent through a handle; the server asserts that each comes once and in order, and says at the end how many did.

use std::{sync::Mutex, time::Duration};

use benches::{
    arms::{
        Outcome, complain,
        sends::{self, COUNT, text},
    },
    goals::Goal,
    server::Kind,
};
use nautilus_network::websocket::TransportBackend;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::{
    measure::{Arm, Row, Unit, Work},
    others::{self, NAUTILUS},
};

pub(super) fn row() -> Row {
    let mut arms = vec![
        Arm::new("nova", Goal::None, |work| sends::run(sends::Arm::Nova, work.count, work.at, work.clock)),
        Arm::new("tokio-tungstenite 0.30 feed", Goal::AtMost(0.8, 0.55), |work| {
            sends::run(sends::Arm::Plain, work.count, work.at, work.clock)
        }),
    ];
    arms.extend(NAUTILUS.map(|(name, by)| Arm::new(name, Goal::AtMost(0.02, 0.01), move |work| nautilus(work, by))));
    Row {
        name: "outbound",
        what: "small messages sent over TCP",
        server: Kind::Numbers,
        count: 200_000,
        unit: Unit::CpuNanos,
        rounds: 6,
        arms,
    }
}

#[derive(Deserialize)]
struct Came {
    result: u64,
}

async fn nautilus(work: Work, backend: TransportBackend) -> Outcome<Duration> {
    let (done, said) = oneshot::channel();
    let done = Mutex::new(Some(done));
    let heard = move |text: &str| {
        // It says one thing.
        let done = done.lock().ok().and_then(|mut done| done.take());
        let _ = done.map(|done| done.send(text.to_owned()));
    };
    let client = others::nautilus(work.url(), backend, heard).await?;
    let taken = work.begin();
    for number in 0..work.count {
        client.send_text(text(number), None).await.map_err(complain)?;
    }
    client.send_text(COUNT.to_owned(), None).await.map_err(complain)?;
    let said = said.await.map_err(complain)?;
    let took = taken();
    let came: Came = serde_json::from_str(&said).map_err(complain)?;
    if came.result == work.count { Ok(took) } else { Err(format!("{} of {} came in order", came.result, work.count)) }
}
