//! Inbound delivery: a whole generated client, handler and all, beside the plain tokio-tungstenite loop that only counts.
//!
//! Both read the same bytes from an in-memory stream in one process, in turn, several rounds; what counts is the ratio of each round.
//! `cargo bench -p benches --bench inbound`.

mod support;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use nova::{Context, Raw, Result};
use support::{Bare, LINK, PAYLOAD, frames, number, serve};
use tokio::sync::oneshot;
use tokio_tungstenite::client_async;

const MESSAGES: u64 = 200_000;
const ROUNDS: usize = 11;

#[nova::client(platform = Bare, profile = "financial", overrides(MessageHandler))]
struct Counter {
    seen: u64,
    done: Option<oneshot::Sender<u64>>,
}

impl nova::MessageHandler for Counter {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
        self.seen += u64::from(number(message.text().unwrap_or_default()) == self.seen);
        if self.seen == MESSAGES
            && let Some(done) = self.done.take()
        {
            // The bench that waits for it is what ends the client.
            let _ = done.send(self.seen);
        }
        Ok(())
    }
}

async fn plain(frames: &'static [u8]) -> Option<Duration> {
    let (ours, theirs) = tokio::io::duplex(LINK);
    let server = tokio::spawn(serve(theirs, frames));
    let (mut ws, _) = client_async("ws://bench.test/", ours).await.ok()?;
    let started = Instant::now();
    let mut seen = 0;
    while seen < MESSAGES {
        let message = ws.next().await?.ok()?;
        seen += u64::from(number(message.to_text().ok()?) == seen);
    }
    let took = started.elapsed();
    server.abort();
    Some(took)
}

async fn generated(frames: &'static [u8]) -> Option<Duration> {
    let (dialer, mut listener) = nova::memory();
    let server = tokio::spawn(async move { serve(listener.accept().await?, frames).await });
    let (done, told) = oneshot::channel();
    let handle = nova::connect(Counter { seen: 0, done: Some(done) }).dialer(dialer.capacity(LINK)).start().ok()?;
    handle.wait_ready().await.ok()?;
    let started = Instant::now();
    told.await.ok()?;
    let took = started.elapsed();
    server.abort();
    Some(took)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let frames = frames(MESSAGES);
    let mut ratios = Vec::new();
    println!("{MESSAGES} messages of {PAYLOAD} bytes, in memory, one thread; nanoseconds a message");
    for round in 0..ROUNDS {
        let (ours, theirs) = if round % 2 == 0 {
            let ours = generated(frames).await;
            (ours, plain(frames).await)
        } else {
            let theirs = plain(frames).await;
            (generated(frames).await, theirs)
        };
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            println!("round {round}: an arm lost messages");
            std::process::exit(1);
        };
        let each = |took: Duration| took.as_nanos() / u128::from(MESSAGES);
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("round {round}: generated {} plain {} ratio {ratio:.2}", each(ours), each(theirs));
        // The first round warms the caches.
        if round > 0 {
            ratios.push(ratio);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios[ratios.len() * share / 4];
    println!("ratio: median {:.2}, quartiles {:.2} to {:.2}", at(2), at(1), at(3));
    if at(3) / at(1) > 1.15 {
        println!("too noisy to mean anything: the quartiles are more than 15 % apart");
    }
}
