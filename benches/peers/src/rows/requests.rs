//! Calls, 64 of them outstanding, through a handle that 64 tasks share.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy_rpc_client::ClientBuilder;
use alloy_transport_ws::WsConnect;
use benches::{
    arms::{
        Outcome, complain,
        requests::{self, METHOD, PARAMS, Reply, Workload, all, request},
    },
    goals::Goal,
    server::Kind,
};
use jsonrpsee_core::client::ClientT;
use jsonrpsee_ws_client::WsClientBuilder;
use nautilus_network::websocket::TransportBackend;
use tokio::sync::oneshot;

use crate::{
    measure::{Arm, Row, Unit, Work},
    others::{self, NAUTILUS},
};

const OUTSTANDING: u64 = 64;
const WORK: Workload = Workload { calls: OUTSTANDING * 300, outstanding: OUTSTANDING };

/// Clients that know no calls are given what is needed: numbers, and a table of who waits.
pub(super) fn row() -> Row {
    let mut arms = vec![
        Arm::new("nova", Goal::None, |work| run(requests::Arm::Nova, work)),
        Arm::new("tokio-tungstenite 0.30", Goal::AtLeast(3.0, 4.0), |work| run(requests::Arm::Plain(None), work)),
        Arm::new("ezsockets 0.7.2", Goal::AtLeast(1.5, 2.0), ezsockets),
    ];
    arms.extend(NAUTILUS.map(|(name, by)| Arm::new(name, Goal::AtLeast(3.0, 4.0), move |work| nautilus(work, by))));
    row_of("requests", "calls over TCP, 64 outstanding, clients that carry any protocol", arms)
}

/// The clients of JSON-RPC.
pub(super) fn rpc() -> Row {
    let arms = vec![
        Arm::new("nova", Goal::None, |work| run(requests::Arm::Nova, work)),
        Arm::new("alloy 2.5", Goal::AtLeast(1.6, 2.0), alloy),
        Arm::new("jsonrpsee 0.26", Goal::AtLeast(6.0, 9.0), jsonrpsee),
    ];
    row_of("rpc", "calls over TCP, 64 outstanding, JSON-RPC clients", arms)
}

fn row_of(name: &'static str, what: &'static str, arms: Vec<Arm>) -> Row {
    Row { name, what, server: Kind::Answers, count: WORK.calls, unit: Unit::PerSecond, rounds: 10, arms }
}

async fn run(arm: requests::Arm, work: Work) -> Outcome<Duration> {
    requests::run(arm, WORK, work.at, work.clock).await
}

/// Who waits for which answer.
#[derive(Clone, Default)]
struct Waiting {
    next: Arc<AtomicU64>,
    calls: Arc<Mutex<HashMap<u64, oneshot::Sender<u64>>>>,
}

impl Waiting {
    /// A call's text, and its answer.
    fn ask(&self) -> Outcome<(String, oneshot::Receiver<u64>)> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
        Ok((request(id)?, answered))
    }

    fn answered(&self, text: &str) {
        let Ok(reply) = serde_json::from_str::<Reply>(text) else { return };
        let waits = self.calls.lock().unwrap_or_else(PoisonError::into_inner).remove(&reply.id);
        // It may have given up.
        let _ = waits.map(|waits| waits.send(reply.result));
    }
}

async fn nautilus(work: Work, backend: TransportBackend) -> Outcome<Duration> {
    let waiting = Waiting::default();
    let answers = waiting.clone();
    let client = Arc::new(others::nautilus(work.url(), backend, move |text| answers.answered(text)).await?);
    all(WORK, work.clock, move || {
        let (client, waiting) = (client.clone(), waiting.clone());
        async move {
            let (text, answered) = waiting.ask()?;
            client.send_text(text, None).await.map_err(complain)?;
            answered.await.map_err(complain)
        }
    })
    .await
}

async fn ezsockets(work: Work) -> Outcome<Duration> {
    let waiting = Waiting::default();
    let answers = waiting.clone();
    let (client, _running) = others::ezsockets(work.url(), move |text| answers.answered(text)).await?;
    all(WORK, work.clock, move || {
        let (client, waiting) = (client.clone(), waiting.clone());
        async move {
            let (text, answered) = waiting.ask()?;
            client.text(text).map_err(complain)?;
            answered.await.map_err(complain)
        }
    })
    .await
}

async fn alloy(work: Work) -> Outcome<Duration> {
    let client = ClientBuilder::default().ws(WsConnect::new(work.url())).await.map_err(complain)?;
    all(WORK, work.clock, move || {
        let client = client.clone();
        async move { client.request::<_, u64>(METHOD, PARAMS).await.map_err(complain) }
    })
    .await
}

async fn jsonrpsee(work: Work) -> Outcome<Duration> {
    let client = Arc::new(WsClientBuilder::new().build(work.url()).await.map_err(complain)?);
    all(WORK, work.clock, move || {
        let client = client.clone();
        async move {
            let mut params = jsonrpsee_core::params::ObjectParams::new();
            params.insert("instrument_name", PARAMS.instrument_name).map_err(complain)?;
            params.insert("depth", PARAMS.depth).map_err(complain)?;
            client.request::<u64, _>(METHOD, params).await.map_err(complain)
        }
    })
    .await
}
