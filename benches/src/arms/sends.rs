//! Small sends: through a generated client's handle, and fed to a plain tokio-tungstenite stream.

use std::{fmt::Write as _, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{task::yield_now, time::timeout};
use tokio_tungstenite::tungstenite::Message;

use super::{Outcome, PATIENCE, complain, generated, plain, spawned};
use crate::{
    clients::Call,
    frames,
    peer::Numbers,
    site::{InMemory, Site, arrived},
};

/// The ways to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// Fed to the plain stream, and flushed at the end.
    Plain,
    /// Through nova's handle, one `send` each.
    Nova,
}

/// Asks how many came in order.
pub const COUNT: &str = r#"{"jsonrpc":"2.0","id":1,"method":"count"}"#;

/// Runs an arm in memory. What it took is a difference of two looks at `clock`.
///
/// # Errors
/// As [`run`].
pub async fn memory(arm: Arm, sends: u64, clock: fn() -> Duration) -> Outcome<Duration> {
    run(arm, sends, InMemory::new(Numbers::new), clock).await
}

/// The same with any other end that counts.
///
/// # Errors
/// What did not come, or out of order; what was masked twice alike.
pub async fn run(arm: Arm, sends: u64, site: impl Site, clock: fn() -> Duration) -> Outcome<Duration> {
    let (other_end, before) = (site.clone(), site.seen().await.map_err(complain)?);
    let arm = async {
        match arm {
            Arm::Plain => spawned(fed(site, sends, clock)).await,
            Arm::Nova => sent(site, sends, clock).await,
        }
    };
    let (took, came) = timeout(PATIENCE, arm).await.map_err(complain)??;
    arrived(&other_end, before, sends, 0).await?;
    if came == sends { Ok(took) } else { Err(format!("{came} of {sends} came in order")) }
}

/// The message of this number.
pub fn text(number: u64) -> String {
    let mut text = String::with_capacity(80);
    // A `String` takes all that is written to it.
    let _ = write!(text, r#"{{"op":"quote","price":50000.5,"amount":10.0,"seq":{}}}"#, frames::FIRST + number);
    text
}

async fn sent(site: impl Site, sends: u64, clock: fn() -> Duration) -> Outcome<(Duration, u64)> {
    let handle = generated(Call, site).await?;
    let caller = handle.clone();
    let ended = spawned(async move {
        let before = clock();
        for number in 0..sends {
            // Nothing is sent where the buffer is full: whoever writes faster than the link takes it waits.
            while let Err(error) = caller.send(text(number)).await {
                if !matches!(error, nova::Error::OutboundFull { .. }) {
                    return Err(complain(error));
                }
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

async fn fed(site: impl Site, sends: u64, clock: fn() -> Duration) -> Outcome<(Duration, u64)> {
    let mut ws = plain(&site, None).await?;
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
