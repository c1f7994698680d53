//! Calls and their answers: through a generated client's handle, and by hand on a plain tokio-tungstenite stream.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt, future::join_all};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{Outcome, PATIENCE, complain, generated, plain, spawned};
use crate::{
    clients::Call,
    peer::Answers,
    site::{InMemory, Site, arrived},
};

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
pub const METHOD: &str = "public/get_order_book";

/// With these.
pub const PARAMS: Params = Params { instrument_name: "BTC-PERPETUAL", depth: 10 };

/// What a call is made with.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "they are the venue's")]
pub struct Params {
    pub instrument_name: &'static str,
    pub depth: u32,
}

/// The text of the call of this number.
///
/// # Errors
/// None that is known.
pub fn request(id: u64) -> Outcome<String> {
    #[derive(Serialize)]
    struct Request {
        jsonrpc: &'static str,
        id: u64,
        method: &'static str,
        params: Params,
    }
    serde_json::to_string(&Request { jsonrpc: "2.0", id, method: METHOD, params: PARAMS }).map_err(complain)
}

/// What comes back: the call's own number, twice.
#[derive(Clone, Copy, Debug, Deserialize)]
#[expect(missing_docs, reason = "they are the venue's")]
pub struct Reply {
    pub id: u64,
    pub result: u64,
}

/// Runs an arm in memory. What it took is a difference of two looks at `clock`.
///
/// # Errors
/// As [`run`].
pub async fn memory(arm: Arm, work: Workload, clock: fn() -> Duration) -> Outcome<Duration> {
    run(arm, work, InMemory::new(Answers::new), clock).await
}

/// The same with any other end that answers.
///
/// # Errors
/// What did not arrive, or was not answered with its own number; what was masked twice alike.
pub async fn run(arm: Arm, work: Workload, site: impl Site, clock: fn() -> Duration) -> Outcome<Duration> {
    let (other_end, before) = (site.clone(), site.seen().await.map_err(complain)?);
    let arm = async {
        match arm {
            Arm::Plain(buffer) => spawned(by_hand(site, work, clock, buffer, false)).await,
            Arm::PlainBatch(buffer) => spawned(by_hand(site, work, clock, buffer, true)).await,
            Arm::Nova => called(work, site, clock).await,
        }
    };
    let took = timeout(PATIENCE, arm).await.map_err(complain)??;
    arrived(&other_end, before, work.calls, 0).await?;
    Ok(took)
}

async fn called(work: Workload, site: impl Site, clock: fn() -> Duration) -> Outcome<Duration> {
    let handle = generated(Call, site).await?;
    let caller = handle.clone();
    let took = all(work, clock, move || {
        let caller = caller.clone();
        async move { caller.call::<u64>(METHOD, PARAMS).await.map_err(complain) }
    })
    .await?;
    handle.close().await;
    Ok(took)
}

/// Calls by as many tasks as are to be outstanding.
///
/// # Errors
/// Those of the calls, and an answer that came to another call: each is the call's own number, so to each task they grow.
pub async fn all<F: Future<Output = Outcome<u64>> + Send + 'static>(
    work: Workload,
    clock: fn() -> Duration,
    call: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Outcome<Duration> {
    let before = clock();
    let tasks = (0..work.outstanding).map(|_| {
        let call = call.clone();
        tokio::spawn(async move {
            let mut last = None;
            for _ in 0..work.calls / work.outstanding {
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
    Ok(clock().saturating_sub(before))
}

async fn by_hand(
    site: impl Site,
    work: Workload,
    clock: fn() -> Duration,
    buffer: Option<usize>,
    batch: bool,
) -> Outcome<Duration> {
    let mut ws = plain(&site, buffer).await?;
    let before = clock();
    let mut answered = 0;
    let mut asked = 0;
    while answered < work.calls {
        while asked < answered + work.outstanding {
            asked += 1;
            let message = Message::text(request(asked)?);
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
