//! Many connections at once: generated clients, and plain tokio-tungstenite loops, each a task.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use nova::{ConnectionHandler, ConnectionInfo, Context, Handle, MessageHandler, Raw, Result};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{Outcome, PATIENCE, complain, generated, plain as plain_stream};
use crate::{clients::Venue, server::Address};

/// Connections that are under way at a time.
const WINDOW: usize = 200;

/// What a crowd has lived through, all together.
#[derive(Debug, Default)]
pub struct Lived {
    ready: AtomicU64,
    messages: AtomicU64,
}

impl Lived {
    /// One more connection was made.
    pub fn connected(&self) {
        self.ready.fetch_add(1, Ordering::Relaxed);
    }

    /// One more message came.
    pub fn heard(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    /// How many messages came.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// How long it takes from now on until so many connections have been made, ever.
    ///
    /// # Errors
    /// Where that takes too long.
    pub async fn until_ready(&self, connections: u64) -> Outcome<Duration> {
        let before = Instant::now();
        let all = async {
            while self.ready.load(Ordering::Relaxed) < connections {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, all).await.map_err(complain)?;
        Ok(before.elapsed())
    }
}

/// One of nova's crowd: a whole client that comes back at once.
#[nova::client(
    platform = Venue,
    profile = "financial",
    reconnect(initial_delay = "1ms", jitter = 0.25),
    overrides(ConnectionHandler, MessageHandler)
)]
#[derive(Debug)]
pub struct One(Arc<Lived>);

impl ConnectionHandler for One {
    async fn handle_connect(&mut self, _: &ConnectionInfo, _: &mut Context<'_, Self>) -> Result {
        self.0.connected();
        Ok(())
    }
}

impl MessageHandler for One {
    async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> Result {
        self.0.heard();
        Ok(())
    }
}

/// A crowd that is connected; it lives as long as this.
#[derive(Debug)]
pub enum Crowd {
    /// Generated clients.
    Nova(Vec<Handle<One>>),
    /// Plain loops.
    Plain(Vec<JoinHandle<()>>),
}

impl Drop for Crowd {
    fn drop(&mut self) {
        match self {
            Self::Nova(handles) => handles.iter().for_each(Handle::abort),
            Self::Plain(tasks) => tasks.iter().for_each(JoinHandle::abort),
        }
    }
}

/// Connects so many of nova's clients.
///
/// # Errors
/// Why one of them ended.
pub async fn nova(count: u64, at: Address, lived: &Arc<Lived>) -> Outcome<Crowd> {
    let handles = stream::iter(0..count).map(|_| async { generated(One(lived.clone()), at).await });
    let handles: Vec<_> = handles.buffer_unordered(WINDOW).collect().await;
    Ok(Crowd::Nova(handles.into_iter().collect::<Outcome<_>>()?))
}

/// Connects so many plain loops, which come back after the same delays.
///
/// # Errors
/// Where that takes too long.
pub async fn plain(count: u64, at: Address, lived: &Arc<Lived>) -> Outcome<Crowd> {
    let mut tasks = Vec::new();
    for number in 0..count {
        let before = lived.clone();
        tasks.push(tokio::spawn(looped(number, at, before)));
        // The same window as nova's.
        let behind = (number + 1).saturating_sub(WINDOW as u64);
        lived.until_ready(behind).await?;
    }
    lived.until_ready(count).await?;
    Ok(Crowd::Plain(tasks))
}

async fn looped(number: u64, at: Address, lived: Arc<Lived>) {
    // 1 ms, and up to a quarter more or less.
    let delay = Duration::from_micros(750 + number * 7919 % 500);
    loop {
        if let Ok(mut ws) = plain_stream(&at, None).await {
            lived.connected();
            while let Some(Ok(_)) = ws.next().await {
                lived.heard();
            }
        }
        sleep(delay).await;
    }
}
