//! Calls, 64 of them outstanding, through a handle that 64 tasks share.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_rpc_client::ClientBuilder;
use alloy_transport_ws::WsConnect;
use benches::clients::Call;
use ezsockets::{ClientConfig, ClientExt};
use futures_util::{SinkExt, StreamExt, future::join_all};
use jsonrpsee_core::client::ClientT;
use jsonrpsee_ws_client::WsClientBuilder;
use nautilus_network::{
    transport::Message as NautilusMessage,
    websocket::{TransportBackend, WebSocketClient, WebSocketConfig},
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::Server,
};

const OUTSTANDING: u64 = 64;
const CALLS: u64 = OUTSTANDING * 300;
const PATH: &str = "calls";
const METHOD: &str = "public/get_order_book";

#[derive(Clone, Copy, Debug, Serialize)]
struct Params {
    instrument_name: &'static str,
    depth: u32,
}

const PARAMS: Params = Params { instrument_name: "BTC-PERPETUAL", depth: 10 };

#[derive(Deserialize)]
struct Reply {
    id: u64,
    result: u64,
}

/// Clients that know no calls are given what is needed: numbers, and a table of who waits.
pub fn row() -> Row {
    Row {
        name: "requests",
        what: "calls over TCP, 64 outstanding, clients that carry any protocol",
        count: CALLS,
        unit: Unit::PerSecond,
        rounds: 10,
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, _| Box::pin(nova(server)) },
            Arm { name: "tokio-tungstenite 0.30", must: Must::AtLeast(3.0), run: |server, _| Box::pin(plain(server)) },
            Arm {
                name: "nautilus 0.57 tungstenite",
                must: Must::AtLeast(3.0),
                run: |server, _| Box::pin(nautilus(server, TransportBackend::Tungstenite)),
            },
            Arm {
                name: "nautilus 0.57 sockudo",
                must: Must::AtLeast(3.0),
                run: |server, _| Box::pin(nautilus(server, TransportBackend::Sockudo)),
            },
            Arm { name: "ezsockets 0.7.2", must: Must::AtLeast(1.5), run: |server, _| Box::pin(ezsockets(server)) },
        ],
    }
}

/// The clients of JSON-RPC.
pub fn rpc() -> Row {
    Row {
        name: "rpc",
        what: "calls over TCP, 64 outstanding, JSON-RPC clients",
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, _| Box::pin(nova(server)) },
            Arm { name: "alloy 2.5", must: Must::AtLeast(1.6), run: |server, _| Box::pin(alloy(server)) },
            Arm { name: "jsonrpsee 0.26", must: Must::AtLeast(6.0), run: |server, _| Box::pin(jsonrpsee(server)) },
        ],
        ..row()
    }
}

/// Calls by 64 tasks. Each answer is the call's own number, so to each task they grow.
async fn all<F: Future<Output = Outcome<u64>> + Send + 'static>(
    call: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Outcome<Cost> {
    let look = Look::now();
    let tasks = (0..OUTSTANDING).map(|_| {
        let call = call.clone();
        tokio::spawn(async move {
            let mut last = None;
            for _ in 0..CALLS / OUTSTANDING {
                let said = call().await?;
                if last.replace(said).is_some_and(|last| last >= said) {
                    return Err(format!("the answer {said} came to another call"));
                }
            }
            Ok(())
        })
    });
    for ended in join_all(tasks.collect::<Vec<_>>()).await {
        ended.map_err(complain)??;
    }
    Ok(look.taken())
}

async fn nova(server: &Server) -> Outcome<Cost> {
    let handle = nova::connect(Call).url(server.url(0, PATH)).await.map_err(complain)?;
    all(move || {
        let handle = handle.clone();
        async move { handle.call::<u64>(METHOD, PARAMS).await.map_err(complain) }
    })
    .await
}

async fn plain(server: &Server) -> Outcome<Cost> {
    let stream = server.dial(0).await.map_err(complain)?;
    let (mut ws, _) = tokio_tungstenite::client_async(server.url(0, PATH), stream).await.map_err(complain)?;
    let look = Look::now();
    let (mut asked, mut answered) = (0, 0);
    while answered < CALLS {
        while asked < answered + OUTSTANDING && asked < CALLS {
            ws.send(Message::text(request(asked)?)).await.map_err(complain)?;
            asked += 1;
        }
        if let Message::Text(text) = ws.next().await.ok_or("it hung up")?.map_err(complain)? {
            let reply: Reply = serde_json::from_str(&text).map_err(complain)?;
            if (reply.id, reply.result) != (answered, answered) {
                return Err(format!("the answer {} came in the place of {answered}", reply.id));
            }
            answered += 1;
        }
    }
    Ok(look.taken())
}

fn request(id: u64) -> Outcome<String> {
    #[derive(Serialize)]
    struct Request {
        jsonrpc: &'static str,
        id: u64,
        method: &'static str,
        params: Params,
    }
    serde_json::to_string(&Request { jsonrpc: "2.0", id, method: METHOD, params: PARAMS }).map_err(complain)
}

/// Who waits for which answer.
#[derive(Clone, Default)]
struct Waiting {
    next: Arc<AtomicU64>,
    calls: Arc<Mutex<HashMap<u64, oneshot::Sender<u64>>>>,
}

impl Waiting {
    /// A call's number, its text, and its answer.
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

async fn nautilus(server: &Server, backend: TransportBackend) -> Outcome<Cost> {
    let waiting = Waiting::default();
    let answers = waiting.clone();
    let handler = Arc::new(move |message: NautilusMessage| {
        if let NautilusMessage::Text(bytes) = message
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            answers.answered(text);
        }
    });
    let config = WebSocketConfig::builder().url(server.url(0, PATH)).backend(backend).build();
    let client =
        WebSocketClient::connect(config, Some(handler), None, None, Vec::new(), None).await.map_err(complain)?;
    let client = Arc::new(client);
    all(move || {
        let (client, waiting) = (client.clone(), waiting.clone());
        async move {
            let (text, answered) = waiting.ask()?;
            client.send_text(text, None).await.map_err(complain)?;
            answered.await.map_err(complain)
        }
    })
    .await
}

struct Answered {
    waiting: Waiting,
    connected: Option<oneshot::Sender<()>>,
}

#[async_trait::async_trait]
impl ClientExt for Answered {
    type Call = ();

    async fn on_connect(&mut self) -> Result<(), ezsockets::Error> {
        // Nobody waits for the second.
        let _ = self.connected.take().map(|connected| connected.send(()));
        Ok(())
    }

    async fn on_text(&mut self, text: ezsockets::Utf8Bytes) -> Result<(), ezsockets::Error> {
        self.waiting.answered(&text);
        Ok(())
    }

    async fn on_binary(&mut self, _: ezsockets::Bytes) -> Result<(), ezsockets::Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), ezsockets::Error> {
        Ok(())
    }
}

async fn ezsockets(server: &Server) -> Outcome<Cost> {
    let (connected, up) = oneshot::channel();
    let waiting = Waiting::default();
    let client = Answered { waiting: waiting.clone(), connected: Some(connected) };
    let (client, running) = ezsockets::connect(|_| client, ClientConfig::new(server.url(0, PATH).as_str())).await;
    let running = tokio::spawn(running);
    up.await.map_err(complain)?;
    let cost = all(move || {
        let (client, waiting) = (client.clone(), waiting.clone());
        async move {
            let (text, answered) = waiting.ask()?;
            client.text(text).map_err(complain)?;
            answered.await.map_err(complain)
        }
    })
    .await;
    running.abort();
    cost
}

async fn alloy(server: &Server) -> Outcome<Cost> {
    let client = ClientBuilder::default().ws(WsConnect::new(server.url(0, PATH))).await.map_err(complain)?;
    all(move || {
        let client = client.clone();
        async move { client.request::<_, u64>(METHOD, PARAMS).await.map_err(complain) }
    })
    .await
}

async fn jsonrpsee(server: &Server) -> Outcome<Cost> {
    let client = Arc::new(WsClientBuilder::new().build(server.url(0, PATH)).await.map_err(complain)?);
    all(move || {
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
