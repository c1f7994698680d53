//! Calls and their answers: through a generated client's handle, and by hand on a plain tokio-tungstenite stream.

use std::{io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt, future::join_all};
use nova::ByteStream;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::{Outcome, PATIENCE, URL, complain, spawned};
use crate::{clients::Call, peer::Answers, stream::Memory, told::Told};

/// The ways to make calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// On the plain stream, with its default read buffer or one of so many bytes: each sent for itself, then the answers awaited.
    Plain(Option<usize>),
    /// The same, but all fed and flushed once.
    PlainBatch(Option<usize>),
    /// Through clones of nova's handle.
    Nova,
}

/// So many calls, so many of them outstanding at a time.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// How many in all: a multiple of `outstanding`.
    pub calls: u64,
    /// How many at a time.
    pub outstanding: u64,
}

/// What every call asks.
const METHOD: &str = "public/get_order_book";

#[derive(Serialize)]
struct Params {
    instrument_name: &'static str,
    depth: u32,
}

const PARAMS: Params = Params { instrument_name: "BTC-PERPETUAL", depth: 10 };

#[derive(Serialize)]
struct Request {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: Params,
}

#[derive(Deserialize)]
struct Reply {
    id: u64,
    result: u64,
}

/// Runs an arm in memory. What it took is a difference of two looks at `clock`.
///
/// # Errors
/// What was not answered, or not with its own number; what was masked twice alike.
pub async fn memory(arm: Arm, work: Workload, clock: fn() -> Duration) -> Outcome<Duration> {
    let told = Arc::new(Told::default());
    let peer = Answers::new(told.clone());
    let took = run(arm, work, move || std::future::ready(Ok(Memory::new(peer.clone()))), clock).await?;
    // The close frame is one more.
    if told.wrong() > 0 || told.messages() < work.calls {
        return Err(format!("{} calls came, {} frames wrong", told.messages(), told.wrong()));
    }
    Ok(took)
}

/// The same over any stream whose other end answers.
///
/// # Errors
/// As [`memory`], but for what only the other end knows.
pub async fn run<D, F, S>(arm: Arm, work: Workload, dial: D, clock: fn() -> Duration) -> Outcome<Duration>
where
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let arm = async {
        match arm {
            Arm::Plain(buffer) => spawned(plain(dial().await.map_err(complain)?, work, clock, (buffer, false))).await,
            Arm::PlainBatch(buffer) => {
                spawned(plain(dial().await.map_err(complain)?, work, clock, (buffer, true))).await
            }
            Arm::Nova => generated(work, dial, clock).await,
        }
    };
    timeout(PATIENCE, arm).await.map_err(complain)?
}

async fn generated<D, F, S>(work: Workload, dial: D, clock: fn() -> Duration) -> Outcome<Duration>
where
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let handle = nova::connect(Call).url(URL).dialer(nova::dialer(move |_| dial())).await.map_err(complain)?;
    let before = clock();
    let callers = (0..work.outstanding).map(|_| {
        let handle = handle.clone();
        tokio::spawn(async move {
            let mut last = None;
            for _ in 0..work.calls / work.outstanding {
                // The venue says the call's own number: they grow.
                let said = handle.call::<u64>(METHOD, PARAMS).await.map_err(complain)?;
                if last.replace(said).is_some_and(|last| last >= said) {
                    return Err(format!("the answer {said} came twice"));
                }
            }
            Ok(())
        })
    });
    for ended in join_all(callers.collect::<Vec<_>>()).await {
        ended.map_err(complain)??;
    }
    let took = clock().saturating_sub(before);
    handle.close().await;
    Ok(took)
}

async fn plain<S: ByteStream>(
    stream: S,
    work: Workload,
    clock: fn() -> Duration,
    (buffer, batch): (Option<usize>, bool),
) -> Outcome<Duration> {
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = buffer.unwrap_or(config.read_buffer_size);
    let (mut ws, _) = client_async_with_config(URL, stream, Some(config)).await.map_err(complain)?;
    let before = clock();
    let mut answered = 0;
    let mut asked = 0;
    while answered < work.calls {
        while asked < answered + work.outstanding {
            asked += 1;
            let request = Request { jsonrpc: "2.0", id: asked, method: METHOD, params: PARAMS };
            let message = Message::text(serde_json::to_string(&request).map_err(complain)?);
            if batch {
                ws.feed(message).await.map_err(complain)?;
            } else {
                ws.send(message).await.map_err(complain)?;
            }
        }
        if batch {
            ws.flush().await.map_err(complain)?;
        }
        while answered < asked {
            let message = ws.next().await.ok_or("it hung up")?.map_err(complain)?;
            answered += 1;
            let reply: Reply = serde_json::from_str(message.to_text().map_err(complain)?).map_err(complain)?;
            if (reply.id, reply.result) != (answered, answered) {
                return Err(format!("answer {} came in the place of {answered}", reply.id));
            }
        }
    }
    let took = clock().saturating_sub(before);
    // The other end says goodbye or hangs up; either is the end.
    let _ = ws.close(None).await;
    Ok(took)
}
