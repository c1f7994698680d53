//! Small sends: through a generated client's handle, and fed to a plain tokio-tungstenite stream.

use std::{fmt::Write as _, future::ready, io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use nova::ByteStream;
use tokio::{task::yield_now, time::timeout};
use tokio_tungstenite::{client_async, tungstenite::Message};

use super::{Outcome, PATIENCE, URL, complain, spawned};
use crate::{clients::Call, frames, peer::Numbers, stream::Memory, told::Told};

/// The ways to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// Fed to the plain stream, and flushed at the end.
    Plain,
    /// Through nova's handle, one `send` each.
    Nova,
}

/// Sends behind each other before the client's task may run, on one thread.
const BURST: u64 = 256;

/// Asks how many came in order.
const COUNT: &str = r#"{"jsonrpc":"2.0","id":1,"method":"count"}"#;

/// Runs an arm in memory. What it took is a difference of two looks at `clock`.
///
/// # Errors
/// What did not come, or out of order; what was masked twice alike.
pub async fn memory(arm: Arm, sends: u64, clock: fn() -> Duration) -> Outcome<Duration> {
    let told = Arc::new(Told::default());
    let peer = Numbers::new(told.clone());
    let took = run(arm, sends, move || ready(Ok(Memory::new(peer.clone()))), clock).await?;
    if told.wrong() > 0 { Err(format!("{} frames wrong", told.wrong())) } else { Ok(took) }
}

/// The same over any stream whose other end counts.
///
/// # Errors
/// As [`memory`].
pub async fn run<D, F, S>(arm: Arm, sends: u64, dial: D, clock: fn() -> Duration) -> Outcome<Duration>
where
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let arm = async {
        match arm {
            Arm::Plain => spawned(plain(dial().await.map_err(complain)?, sends, clock)).await,
            Arm::Nova => generated(sends, dial, clock).await,
        }
    };
    let (took, came) = timeout(PATIENCE, arm).await.map_err(complain)??;
    if came == sends { Ok(took) } else { Err(format!("{came} of {sends} came in order")) }
}

fn text(number: u64) -> String {
    let mut text = String::with_capacity(80);
    // A `String` takes all that is written to it.
    let _ = write!(text, r#"{{"op":"quote","price":50000.5,"amount":10.0,"seq":{}}}"#, frames::FIRST + number);
    text
}

async fn generated<D, F, S>(sends: u64, dial: D, clock: fn() -> Duration) -> Outcome<(Duration, u64)>
where
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let handle = nova::connect(Call).url(URL).dialer(nova::dialer(move |_| dial())).await.map_err(complain)?;
    let caller = handle.clone();
    let ended = spawned(async move {
        let before = clock();
        for number in 0..sends {
            // Nothing is sent where the buffer is full: whoever writes faster than the link takes it lets the client's task run.
            while let Err(error) = caller.send(text(number)).await {
                if !matches!(error, nova::Error::OutboundFull { .. }) {
                    return Err(complain(error));
                }
                yield_now().await;
            }
            if number % BURST == BURST - 1 {
                yield_now().await;
            }
        }
        let came = caller.call("count", ()).await.map_err(complain)?;
        Ok((clock().saturating_sub(before), came))
    });
    let ended = ended.await?;
    handle.close().await;
    Ok(ended)
}

async fn plain<S: ByteStream>(stream: S, sends: u64, clock: fn() -> Duration) -> Outcome<(Duration, u64)> {
    let (mut ws, _) = client_async(URL, stream).await.map_err(complain)?;
    let before = clock();
    for number in 0..sends {
        ws.feed(Message::text(text(number))).await.map_err(complain)?;
    }
    ws.send(Message::text(COUNT)).await.map_err(complain)?;
    let message = ws.next().await.ok_or("it hung up")?.map_err(complain)?;
    let took = clock().saturating_sub(before);
    let said: serde_json::Value = serde_json::from_str(message.to_text().map_err(complain)?).map_err(complain)?;
    // The other end says goodbye or hangs up; either is the end.
    let _ = ws.close(None).await;
    Ok((took, said["result"].as_u64().unwrap_or_default()))
}
