//! A feed, consumed: by generated clients, by the plain tokio-tungstenite loop, and by reading alone.

use std::{hint::black_box, time::Duration};

use futures_util::{SinkExt, StreamExt};
use nova::{Handle, Handlers};
use tokio::{task::yield_now, time::timeout};
use tokio_tungstenite::tungstenite::Message;

use super::{Outcome, PATIENCE, complain, generated, plain, spawned};
use crate::{
    clients::{Count, CountBare, CountDescribed, Read, Route},
    frames::{Notification, Ring, counted, number},
    peer::{Feed, GO, NoText, Pace},
    site::{InMemory, Site, arrived},
    tally::Tally,
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
/// As [`run`].
pub async fn memory(arm: Arm, work: Workload, clock: fn() -> Duration) -> Outcome<Duration> {
    run(arm, work, InMemory::new(|told| Feed::new(work, told)), clock).await
}

/// The same with any other end that sends the ring when it is told to.
///
/// # Errors
/// What was lost, out of order, not answered, or wrongly read.
pub async fn run(arm: Arm, work: Workload, site: impl Site, clock: fn() -> Duration) -> Outcome<Duration> {
    let (other_end, before) = (site.clone(), site.seen().await.map_err(complain)?);
    let (took, tally) = match arm {
        Arm::Plain(buffer) => spawned(looped(site, work, clock, buffer, count)).await?,
        Arm::PlainTyped => spawned(looped(site, work, clock, None, read)).await?,
        Arm::Count => delivered(Count, work, site, clock).await?,
        Arm::Route => delivered(Route, work, site, clock).await?,
        Arm::Read => delivered(Read, work, site, clock).await?,
        Arm::Described => delivered(CountDescribed, work, site, clock).await?,
        Arm::Bare => delivered(CountBare, work, site, clock).await?,
        Arm::Serde => texts(work, clock),
    };
    if arm != Arm::Serde {
        arrived(&other_end, before, 1, work.ring.pings * work.laps).await?;
    }
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
    let site = InMemory::new(NoText::new);
    let handle = generated(Count(Tally::of(1)), site.clone()).await?;
    handle.send(GO).await.map_err(complain)?;
    let refused = async {
        loop {
            match site.seen().await.map_err(complain)?.closed {
                0 => yield_now().await,
                1007 => return Ok(()),
                other => return Err(format!("what is no text was closed with {other}")),
            }
        }
    };
    timeout(PATIENCE, refused).await.map_err(complain)??;
    handle.abort();
    let mut ws = plain(&InMemory::new(NoText::new), None).await?;
    ws.send(Message::text(GO)).await.map_err(complain)?;
    match ws.next().await {
        Some(Ok(_)) => Err("the plain loop took what is no text".into()),
        _ => Ok(()),
    }
}

async fn delivered<C: Handlers>(
    client: fn(Tally) -> C,
    work: Workload,
    site: impl Site,
    clock: fn() -> Duration,
) -> Outcome<(Duration, Tally)>
where
    C::Platform: Default,
{
    let (tally, done) = Tally::told(work.laps);
    let handle = generated(client(tally), site).await?;
    subscribe(&handle, work.ring).await?;
    let before = clock();
    handle.send(GO).await.map_err(complain)?;
    let tally = timeout(PATIENCE, done).await.map_err(complain)?.map_err(complain)?;
    let took = clock().saturating_sub(before);
    handle.close().await;
    Ok((took, tally))
}

/// What a client keeps of the ring's topics, by what the program has in use.
///
/// # Errors
/// What was not confirmed.
pub async fn kept_of_topics(ring: &'static Ring, in_use: fn() -> usize) -> Outcome<usize> {
    let work = Workload { ring, pace: Pace::Flood, laps: 0 };
    let handle = generated(Route(Tally::of(1)), InMemory::new(|told| Feed::new(work, told))).await?;
    let before = in_use();
    subscribe(&handle, ring).await?;
    let kept = in_use().saturating_sub(before);
    handle.close().await;
    Ok(kept)
}

async fn subscribe<C: Handlers>(handle: &Handle<C>, ring: &Ring) -> Outcome {
    if ring.channels.is_empty() {
        return Ok(());
    }
    let subscribed = handle.subscribe_many(&ring.channels).await.map_err(complain)?;
    let (confirmed, wanted) = (subscribed.confirmed.len(), ring.channels.len());
    if confirmed == wanted { Ok(()) } else { Err(format!("{confirmed} of {wanted} topics are confirmed")) }
}

async fn looped(
    site: impl Site,
    work: Workload,
    clock: fn() -> Duration,
    buffer: Option<usize>,
    consume: fn(&mut Tally, &str),
) -> Outcome<(Duration, Tally)> {
    let mut ws = plain(&site, buffer).await?;
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
