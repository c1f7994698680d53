//! Whole processes of clients: one that is stopped and goes on, one with ten thousand of them that have nothing to do.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{
    alone::{beside, quiet},
    pinged::Pinged,
    venue::{Desk, millis},
};

#[test]
fn r012_a_process_that_was_stopped_keeps_its_link_and_asks_it_once() {
    beside(
        async |url| {
            let _desk = nova::connect(Desk).url(url).await.expect("ready");
            std::future::pending::<()>().await;
        },
        async |start| {
            let server = Pinged::start().await;
            let child = start.child(server.url());
            // Its heartbeat goes out each second.
            while server.noted().pings.len() < 2 {
                sleep(millis(10)).await;
            }
            sleep(millis(500)).await;
            child.signal("-STOP");
            // Twice what a silent link is given.
            sleep(millis(4_000)).await;
            let woken = Instant::now();
            child.signal("-CONT");
            sleep(millis(3_500)).await;
            let noted = server.noted();
            let since: Vec<_> = noted.pings.iter().filter_map(|at| at.checked_duration_since(woken)).collect();
            assert_eq!(noted.upgrades.len(), 1, "the link was given up: {since:?}");
            assert!(since.first().is_some_and(|first| *first <= millis(1_500)), "{since:?}");
            assert!(since.len() <= 4, "a burst of what was missed: {since:?}");
        },
    );
}

/// Nothing to do but its heartbeat.
#[nova::client(platform = "echo", heartbeat(interval = "3s", timeout = "20s"), connection(timeout = "60s"))]
struct Idle;

const CLIENTS: usize = 10_000;
/// They are started one after the other, all of them in no less.
const START: Duration = Duration::from_secs(2);

#[test]
fn r082_ten_thousand_idle_clients_are_small_and_their_pings_spread() {
    let _quiet = quiet();
    beside(
        async |url| {
            let resident = || -> usize {
                let status = fs::read_to_string("/proc/self/status").unwrap();
                let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
                line.trim().trim_end_matches(" kB").parse().unwrap()
            };
            let before = resident();
            let mut clients = Vec::with_capacity(CLIENTS);
            for number in 1..=CLIENTS {
                clients.push(nova::connect(Idle).url(&url).start().expect("started"));
                if number % (CLIENTS / 100) == 0 {
                    sleep(START / 100).await;
                }
            }
            for client in &clients {
                client.wait_ready().await.expect("ready");
            }
            // A heartbeat of each, however busy the machine is.
            sleep(Duration::from_secs(6)).await;
            let each = (resident() - before) * 1_024 / CLIENTS;
            println!("{CLIENTS} idle clients: {each} bytes each, promised 65536");
            assert!(each <= 65_536);
            assert!(clients.iter().all(|client| client.state().is_ready()));
        },
        async |start| {
            let server = Pinged::start().await;
            let child = start.child(server.url());
            println!("{}", child.said().await);
            let noted = server.noted();
            assert_eq!(noted.upgrades.len(), CLIENTS);
            // A machine that has no time for either process makes what waits come at once, so the whole round is looked at: on one
            // tick it would take no time at all.
            let round = noted.pings.get(CLIENTS - 1).expect("a ping of each").duration_since(noted.pings[0]);
            println!("{} pings, the first {CLIENTS} of them within {round:?}", noted.pings.len());
            assert!(round >= START / 2, "heartbeats of clients started in {START:?} came within {round:?}");
        },
    );
}
