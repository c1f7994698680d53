//! Thousands of reconnects leave nothing behind: no task, no descriptor, no memory (P23).

use std::{fs, sync::Arc, time::Duration};

use futures_util::StreamExt;
use nova::{Handle, State};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    runtime,
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::accept_async;

use crate::{
    measure::{allocated, alone, alone_in_real_time},
    support::{secs, settle},
};

/// Nothing that is promised about the pace of attempts is undone; there is only no rest between them.
#[nova::client(
    platform = "echo",
    profile = "financial",
    strategy = "always_reconnect",
    reconnect(max_delay = "1s"),
    breaker(failures = "off")
)]
struct Flapping;

/// Drops every connection whenever it is told to.
#[derive(Clone, Default)]
struct Server(Arc<watch::Sender<u64>>);

impl Server {
    fn cut(&self) {
        self.0.send_modify(|cuts| *cuts += 1);
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut cuts = self.0.subscribe();
        let Ok(mut socket) = accept_async(stream).await else { return };
        tokio::select! {
            () = async { while let Some(Ok(_)) = socket.next().await {} } => {}
            _ = cuts.changed() => {}
        }
    }
}

fn tasks() -> usize {
    runtime::Handle::current().metrics().num_alive_tasks()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn reconnects_leave_neither_tasks_nor_memory_behind() {
    /// Until every bounded history is full; the longest is that of events, which only the feature `test` keeps.
    const WARM: usize = 2_000;
    const TIMES: usize = 10_000;
    alone(async {
        let (server, (dialer, mut listener)) = (Server::default(), nova::memory());
        let serving = server.clone();
        tokio::spawn(async move {
            while let Some(stream) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        let client = nova::connect(Flapping).url("ws://venue.test/").dialer(dialer).seed(23).await.unwrap();
        let mut watch = client.watch();
        let mut flap = async |times: usize| {
            for time in 0..times {
                // Half of them are the server's doing, half the client's own.
                if time % 2 == 0 {
                    server.cut();
                    watch.until(|state| !state.is_ready()).await.unwrap();
                } else {
                    client.reconnect_now().unwrap();
                    settle().await;
                }
                timeout(secs(60), watch.until(State::is_ready)).await.unwrap().unwrap();
            }
            settle().await;
            (tasks(), allocated())
        };
        let (tasks_before, bytes_before) = flap(WARM).await;
        let (tasks_after, bytes_after) = flap(TIMES).await;
        let epochs = client.history().last().unwrap().epoch;
        assert_eq!(epochs, (1 + WARM + TIMES) as u64, "each was a connection of its own");
        let grown = bytes_after.saturating_sub(bytes_before);
        println!("{TIMES} reconnects: tasks {tasks_before} → {tasks_after}; {bytes_before} bytes → {bytes_after}");
        assert_eq!(tasks_before, tasks_after);
        // P23 allows a KiB for each. A smaller leak is one too.
        assert!(grown < 10 * TIMES, "{grown} bytes more after {TIMES} reconnects");
        client.close().await;
    });
}

#[test]
fn reconnects_over_real_sockets_leave_no_descriptors_behind() {
    const CLIENTS: usize = 125;
    /// As many as a client may make in a row before it is held back.
    const TIMES: usize = 8;
    alone_in_real_time(async {
        let server = Server::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        let none = descriptors();
        let mut clients: Vec<Handle<Flapping>> = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(nova::connect(Flapping).url(&url).await.unwrap());
        }
        // Both ends of each.
        let all = none + 2 * CLIENTS;
        let mut seen = vec![settled(all).await];
        let tasks_before = tasks();
        for time in 1..=TIMES as u64 {
            if time % 2 == 0 {
                server.cut();
            }
            for client in &clients {
                if time % 2 == 0 {
                    client.watch().until(|state| !state.is_ready()).await.unwrap();
                }
                client.reconnect_now().unwrap();
            }
            for client in &clients {
                let back = |step: &nova::Transition| step.to.is_ready() && step.epoch > time;
                while !client.history().last().is_some_and(back) {
                    timeout(secs(20), client.watch().changed()).await.unwrap();
                }
            }
            seen.push(settled(all).await);
        }
        println!(
            "{} reconnects over sockets, {CLIENTS} at a time: descriptors {seen:?}, tasks {tasks_before} → {}",
            CLIENTS * TIMES,
            tasks()
        );
        assert_eq!(tasks(), tasks_before);
        for client in clients {
            client.close().await;
        }
        assert_eq!(settled(none).await, none);
    });
}

/// The number of descriptors, once it is what it should be: the last of a connection are let go of a moment after it has ended.
async fn settled(expected: usize) -> usize {
    let settled = async {
        while descriptors() != expected {
            tokio::task::yield_now().await;
        }
    };
    let _ = timeout(Duration::from_secs(10), settled).await;
    let found = descriptors();
    assert_eq!(found, expected, "descriptors");
    found
}
