//! Ten thousand clients in one process that have nothing to do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::StreamExt;
use nova::Handle;
use tokio::{
    io::DuplexStream,
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::{
    measure::{KIB, allocated, alone},
    support::secs,
};

const CLIENTS: usize = 10_000;
/// A client that is idle, and here its server as well.
const EACH: usize = 64 * KIB;

#[nova::client(platform = "echo", profile = "financial")]
struct Idle;

/// Answers pings, and notes when they came.
async fn serve(stream: DuplexStream, pings: Arc<Mutex<Vec<Instant>>>) {
    let small = WebSocketConfig::default().read_buffer_size(KIB);
    let Ok(mut socket) = accept_async_with_config(stream, Some(small)).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Ping(_)) {
            pings.lock().unwrap().push(Instant::now());
        }
    }
}

#[test]
fn r082_ten_thousand_idle_clients_are_small_and_do_not_beat_as_one() {
    alone(async {
        let (dialer, mut listener) = nova::memory();
        let (dialer, pings) = (dialer.capacity(KIB), Arc::<Mutex<Vec<Instant>>>::default());
        tokio::spawn({
            let pings = pings.clone();
            async move {
                while let Some(stream) = listener.accept().await {
                    tokio::spawn(serve(stream, pings.clone()));
                }
            }
        });
        let before = allocated();
        let mut clients: Vec<Handle<Idle>> = Vec::with_capacity(CLIENTS);
        for number in 1..=CLIENTS {
            clients.push(nova::connect(Idle).url("ws://venue.test/").dialer(dialer.clone()).start().unwrap());
            if number % 10 == 0 {
                // As fast as a real machine might make them.
                sleep(Duration::from_millis(1)).await;
            }
        }
        for client in &clients {
            client.wait_ready().await.unwrap();
        }
        sleep(secs(60)).await;
        let each = (allocated() - before) / CLIENTS;
        let mut pings = std::mem::take(&mut *pings.lock().unwrap());
        pings.sort_unstable();
        let within = |at: usize| pings[at..].partition_point(|later| *later < pings[at] + Duration::from_millis(10));
        let most = (0..pings.len()).map(within).max().unwrap();
        println!(
            "{CLIENTS} idle clients with their servers   promised {:>6} KiB each, measured {:>6.1} KiB; {} pings in a minute, \
             at most {most} in 10 ms",
            EACH / KIB,
            f64::from(u32::try_from(each).unwrap()) / 1024.0,
            pings.len(),
        );
        assert!(each <= EACH, "{each} bytes each");
        assert!(pings.len() >= 3 * CLIENTS && most <= CLIENTS / 50, "{most} of {} pings at once", pings.len());
        assert!(clients.iter().all(|client| client.state().is_ready()));
    });
}
