//! A feed, consumed: by generated clients, by the plain tokio-tungstenite loop, and by reading alone.

use std::{future::ready, hint::black_box, io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use nova::{ByteStream, Handlers};
use tokio::{task::yield_now, time::timeout};
use tokio_tungstenite::{
    client_async, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::{Outcome, PATIENCE, URL, complain, spawned};
use crate::{
    clients::{Count, CountBare, CountDescribed, Read, Route},
    frames::{Notification, Ring, counted, number},
    peer::{Feed, GO, NoText, Pace},
    stream::Memory,
    tally::Tally,
    told::Told,
};

/// The ways to consume a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// The plain loop counts, with the read buffer that the library has by default or one of so many bytes.
    Plain(Option<usize>),
    /// The same loop, and reads each message as the type it is known to have.
    PlainTyped,
    /// nova counts.
    Count,
    /// nova tells messages apart by their channel, and counts.
    Route,
    /// nova tells them apart and reads them.
    Read,
    /// nova counts those of a venue that is described.
    Described,
    /// nova counts those of a venue without channels.
    Bare,
    /// No connection at all: reads the texts one after the other.
    Serde,
}

/// A ring, so many times, at this pace.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// What comes.
    pub ring: &'static Ring,
    /// How it comes.
    pub pace: Pace,
    /// How often.
    pub laps: u64,
}

/// Runs an arm in memory. What it took is a difference of two looks at `clock`.
///
/// # Errors
/// What was lost, out of order, not answered, or wrongly read.
pub async fn memory(arm: Arm, work: Workload, clock: fn() -> Duration) -> Outcome<Duration> {
    let told = Arc::new(Told::default());
    let feed = Feed::new(work, told.clone());
    let took = run(arm, work, move || ready(Ok(Memory::new(feed.clone()))), clock).await?;
    let pings = if arm == Arm::Serde { 0 } else { work.ring.pings * work.laps };
    if told.wrong() > 0 || told.pongs() != pings {
        return Err(format!("{} of {pings} pings were answered, {} frames wrong", told.pongs(), told.wrong()));
    }
    Ok(took)
}

/// The same over any stream whose other end sends the ring when it is told to.
///
/// # Errors
/// As [`memory`], but for what only the other end knows.
pub async fn run<D, F, S>(arm: Arm, work: Workload, dial: D, clock: fn() -> Duration) -> Outcome<Duration>
where
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let (took, tally) = match arm {
        Arm::Plain(buffer) => spawned(plain(dial().await.map_err(complain)?, work, clock, buffer, count)).await?,
        Arm::PlainTyped => spawned(plain(dial().await.map_err(complain)?, work, clock, None, read)).await?,
        Arm::Count => generated(Count, work, dial, clock).await?,
        Arm::Route => generated(Route, work, dial, clock).await?,
        Arm::Read => generated(Read, work, dial, clock).await?,
        Arm::Described => generated(CountDescribed, work, dial, clock).await?,
        Arm::Bare => generated(CountBare, work, dial, clock).await?,
        Arm::Serde => texts(work, clock),
    };
    let complaint = match arm {
        Arm::PlainTyped | Arm::Read | Arm::Serde => tally.complaint_of(work.ring),
        _ => tally.complaint(),
    };
    complaint.map_or(Ok(took), Err)
}

/// Both loops refuse a text that is none, and say so to the other end: neither is fast by not looking.
///
/// # Errors
/// Who does not, or with another code than 1007.
pub async fn refuses_what_is_no_text() -> Outcome {
    let told = Arc::new(Told::default());
    let peer = NoText::new(told.clone());
    let dialer = nova::dialer(move |_| ready(Ok(Memory::new(peer.clone()))));
    let handle = nova::connect(Count(Tally::of(1))).url(URL).dialer(dialer).await.map_err(complain)?;
    handle.send(GO).await.map_err(complain)?;
    let refused = async {
        while told.closed() == 0 {
            yield_now().await;
        }
    };
    timeout(PATIENCE, refused).await.map_err(complain)?;
    handle.abort();
    if told.closed() != 1007 {
        return Err(format!("what is no text was closed with {}", told.closed()));
    }
    let told = Arc::new(Told::default());
    let (mut ws, _) = client_async(URL, Memory::new(NoText::new(told))).await.map_err(complain)?;
    ws.send(Message::text(GO)).await.map_err(complain)?;
    match ws.next().await {
        Some(Ok(_)) => Err("the plain loop took what is no text".into()),
        _ => Ok(()),
    }
}

async fn generated<C: Handlers, D, F, S>(
    client: fn(Tally) -> C,
    work: Workload,
    dial: D,
    clock: fn() -> Duration,
) -> Outcome<(Duration, Tally)>
where
    C::Platform: Default,
    D: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    let (tally, done) = Tally::told(work.laps);
    let handle = nova::connect(client(tally)).url(URL).dialer(nova::dialer(move |_| dial())).await.map_err(complain)?;
    let before = clock();
    handle.send(GO).await.map_err(complain)?;
    let tally = timeout(PATIENCE, done).await.map_err(complain)?.map_err(complain)?;
    let took = clock().saturating_sub(before);
    handle.close().await;
    Ok((took, tally))
}

async fn plain<S: ByteStream>(
    stream: S,
    work: Workload,
    clock: fn() -> Duration,
    buffer: Option<usize>,
    consume: fn(&mut Tally, &str),
) -> Outcome<(Duration, Tally)> {
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = buffer.unwrap_or(config.read_buffer_size);
    let (mut ws, _) = client_async_with_config(URL, stream, Some(config)).await.map_err(complain)?;
    let mut tally = Tally::of(work.laps);
    let before = clock();
    ws.send(Message::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        match ws.next().await {
            Some(Ok(Message::Text(text))) => consume(&mut tally, &text),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(complain(error)),
            None => break,
        }
    }
    let took = clock().saturating_sub(before);
    // The other end says goodbye or hangs up; either is the end.
    let _ = ws.close(None).await;
    Ok((took, tally))
}

#[inline]
fn count(tally: &mut Tally, text: &str) {
    tally.saw(number(text));
}

#[inline]
fn read(tally: &mut Tally, text: &str) {
    match serde_json::from_str::<Notification<'_>>(black_box(text)) {
        Ok(told) if told.method == "subscription" && !told.params.channel.is_empty() => {
            tally.read(counted(told.params.data.seq), told.params.data.price);
        }
        _ => tally.saw(u64::MAX),
    }
}

fn texts(work: Workload, clock: fn() -> Duration) -> (Duration, Tally) {
    let mut tally = Tally::of(work.laps);
    let before = clock();
    for _ in 0..work.laps {
        for text in &work.ring.texts {
            read(&mut tally, text);
        }
    }
    (clock().saturating_sub(before), tally)
}
