//! A venue that echoes, on any address, and the network that it is on.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use nova::{Error, Event, Events, Handle};
use tokio::{net::TcpListener, task::AbortHandle};

/// Finds out within a second and tries often: these tests wait for both.
#[nova::client(
    platform = "echo",
    profile = "financial",
    connection(timeout = "1s"),
    heartbeat(interval = "1s", timeout = "1s"),
    reconnect(initial_delay = "100ms", max_delay = "400ms", jitter = 0.0)
)]
#[derive(Clone, Copy)]
pub(crate) struct Desk;

/// A server that sends back what it gets. Dropping it ends it, and the connections that it has.
#[derive(Debug)]
pub(crate) struct Venue {
    accepted: Arc<AtomicUsize>,
    port: u16,
    task: AbortHandle,
}

impl Venue {
    /// On a free port of this address.
    pub(crate) async fn on(ip: &str) -> Self {
        Self::at(ip, 0).await
    }

    pub(crate) async fn at(ip: &str, port: u16) -> Self {
        let listener = TcpListener::bind((ip, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        let serve = async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                // Its own descriptors may be what this machine has run out of.
                let Ok((tcp, _)) = listener.accept().await else {
                    tokio::time::sleep(millis(10)).await;
                    continue;
                };
                count.fetch_add(1, SeqCst);
                connections.spawn(async move {
                    let Ok(mut socket) = tokio_tungstenite::accept_async(tcp).await else { return };
                    while let Some(Ok(message)) = socket.next().await {
                        let echoed = !message.is_text() || socket.send(message).await.is_ok();
                        if !echoed {
                            return;
                        }
                    }
                });
            }
        };
        Self { accepted, port, task: tokio::spawn(serve).abort_handle() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it was asked for.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(SeqCst)
    }

    /// Its address under this name.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("ws://{host}:{}/", self.port)
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes an address of the black hole this host's own; what is sent there arrives.
pub(crate) fn appear(address: &str) {
    ip(&["addr", "add", &format!("{address}/32"), "dev", "lo"]);
}

/// Gives it back: what is sent there, and what would come from there, is swallowed.
pub(crate) fn vanish(address: &str) {
    ip(&["addr", "del", &format!("{address}/32"), "dev", "lo"]);
}

fn ip(args: &[&str]) {
    assert!(Command::new("ip").args(args).status().unwrap().success(), "ip {args:?}");
}

/// A client of this address, and what it tells from now on.
pub(crate) fn start(url: String) -> (Handle<Desk>, Events) {
    let desk = nova::connect(Desk).url(url).start().expect("started");
    let events = desk.events();
    (desk, events)
}

/// The next error it tells of.
pub(crate) async fn next_error(events: &mut Events) -> Error {
    loop {
        if let Event::Error(error) = events.next().await.expect("it goes on") {
            return error;
        }
    }
}

pub(crate) async fn echoes(desk: &Handle<Desk>, text: &str) {
    desk.send(text).await.expect("sent");
    let echo = desk.next().await.and_then(nova::Item::message).expect("an echo");
    assert_eq!(echo.text(), Some(text));
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
