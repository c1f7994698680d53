//! A thousand clients that lose their server in one instant.

use std::time::Duration;

use futures_util::StreamExt;
use nova::{MemoryDialer, test::Test};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_tungstenite::accept_async;

use crate::world::secs;

const CLIENTS: usize = 1_000;
/// The least time that later attempts are spread over.
const SPREAD: Duration = Duration::from_secs(1);

#[nova::client(platform = "echo", profile = "financial")]
struct Caller;

/// A server that can go away, and what moments it was found again at.
fn server() -> (MemoryDialer, watch::Sender<bool>, mpsc::UnboundedReceiver<Instant>) {
    let (dialer, mut listener) = nova::memory();
    let (up, mut is_up) = watch::channel(true);
    let (found, founds) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            if !*is_up.borrow_and_update() {
                continue;
            }
            let (mut is_up, found) = (is_up.clone(), found.clone());
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else { return };
                // The test may be over.
                let _ = found.send(Instant::now());
                tokio::select! {
                    () = async { while let Some(Ok(_)) = socket.next().await {} } => {}
                    _ = is_up.wait_for(|up| !up) => {}
                }
            });
        }
    });
    (dialer, up, founds)
}

#[test]
fn r64_a_thousand_clients_come_back_spread_out() {
    Test::new("herd").seed(1).run(async {
        let (dialer, up, mut founds) = server();
        let connect = || nova::connect(Caller).url("ws://venue.test/").dialer(dialer.clone()).start();
        let callers: Vec<_> = (0..CLIENTS).map(|_| connect()).collect::<Result<_, _>>()?;
        // Long enough for every connection to count as stable.
        sleep(secs(60)).await;
        while founds.try_recv().is_ok() {}

        up.send_replace(false);
        sleep(secs(5)).await;
        up.send_replace(true);
        let mut moments = Vec::new();
        while moments.len() < CLIENTS {
            moments
                .push(tokio::time::timeout(secs(120), founds.recv()).await.expect("all come back").expect("a server"));
        }
        let at_once = |from: &Instant| moments.iter().filter(|at| (*from..*from + SPREAD / 10).contains(at)).count();
        let most = moments.iter().map(at_once).max().unwrap_or_default();
        println!("back within {:?}, at most {most} in a tenth of a second", moments[CLIENTS - 1] - moments[0]);
        assert!(most <= CLIENTS * 3 / 10, "{most} of {CLIENTS} clients came within a tenth of the spread");
        drop(callers);
        Ok::<(), nova::Error>(())
    });
}
