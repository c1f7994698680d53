//! A machine that slept: its links are asked at once whether they still live, its login is as old as it is, and nothing that was missed
//! in its sleep is held against anybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nova::{Beat, Clock, Credentials, Event, Frame, Handle, Suspension};
use serde_json::json;
use tokio::{sync::Notify, time::Instant};

use crate::support::{Peer, Plain, Server, endless, pass, secs, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// A time of day that goes on while the machine sleeps.
#[derive(Clone, Debug)]
struct Sleeper(Arc<Slept>);

#[derive(Debug)]
struct Slept {
    started: Instant,
    secs: AtomicU64,
    woken: Notify,
}

impl Sleeper {
    fn new() -> Self {
        Self(Arc::new(Slept { started: Instant::now(), secs: AtomicU64::new(0), woken: Notify::new() }))
    }

    fn sleeps(&self, secs: u64) {
        self.0.secs.fetch_add(secs, SeqCst);
        self.0.woken.notify_waiters();
    }
}

impl Clock for Sleeper {
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + secs(1_700_000_000 + self.0.secs.load(SeqCst)) + self.0.started.elapsed()
    }

    fn suspension(&self) -> Suspension {
        let slept = self.0.clone();
        let before = slept.secs.load(SeqCst);
        Box::pin(async move {
            loop {
                let woken = slept.woken.notified();
                let now = slept.secs.load(SeqCst);
                if now > before {
                    return secs(now - before);
                }
                woken.await;
            }
        })
    }
}

async fn ready(sleeper: &Sleeper) -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).clock(sleeper.clone()).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

fn beats(events: &mut nova::Events) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).filter(|event| matches!(event.name(), "heartbeat" | "stalled")).collect()
}

#[tokio::test(start_paused = true)]
async fn r012_a_link_that_lived_through_the_sleep_is_asked_at_once_and_kept() {
    let sleeper = Sleeper::new();
    let (desk, _server, mut peer) = ready(&sleeper).await;
    let mut events = desk.events();
    pass(secs(3)).await;
    sleeper.sleeps(600);
    let woken = Instant::now();
    let ping = peer.next_frame().await.expect("connected");
    assert!(matches!(ping, Frame::Ping(_)), "{ping:?}");
    assert!(woken.elapsed() <= secs(1), "asked {:?} after waking", woken.elapsed());
    peer.expect_silence(secs(10)).await;
    assert!(desk.state().is_ready());
    let told = beats(&mut events);
    let [Event::Stalled { stalled }, Event::Heartbeat(Beat::Sent), Event::Heartbeat(Beat::Answered { .. })] = told[..]
    else {
        panic!("one heartbeat, and none missed: {told:?}")
    };
    assert_eq!(stalled, secs(600));
}

#[tokio::test(start_paused = true)]
async fn r012_a_link_that_died_in_the_sleep_is_found_by_the_time_out_alone() {
    let sleeper = Sleeper::new();
    let (desk, server, peer) = ready(&sleeper).await;
    let mut events = desk.events();
    // A heartbeat was waiting for its answer: what it waited before the sleep does not count.
    pass(secs(17)).await;
    let _silent = &peer;
    sleeper.sleeps(600);
    let woken = Instant::now();
    let _next = server.accept().await;
    let found = woken.elapsed();
    assert!(found >= secs(5) && found < Duration::from_millis(5_500), "found after {found:?}");
    let missed = beats(&mut events).into_iter().filter(|event| matches!(event, Event::Heartbeat(Beat::Missed { .. })));
    assert_eq!(missed.count(), 1, "no burst");
    assert!(!desk.state().is_ready());
}

#[tokio::test(start_paused = true)]
async fn r012_a_login_that_ran_out_in_the_sleep_is_renewed_at_once() {
    let sleeper = Sleeper::new();
    let (dialer, server) = venue();
    let connect = nova::connect(Desk).credentials(Credentials::key("id", "secret"));
    let desk = connect.dialer(dialer).clock(sleeper.clone()).start().expect("started");
    let mut peer = server.accept().await;
    peer.answer("login", json!({"life": 900})).await;
    peer.answer("prepare", json!("ok")).await;
    desk.wait_ready().await.expect("ready");
    pass(secs(3)).await;
    sleeper.sleeps(1_800);
    let woken = Instant::now();
    peer.answer("login", json!({"life": 900})).await;
    assert!(woken.elapsed() <= secs(1), "renewed {:?} after waking", woken.elapsed());
    settle().await;
    assert!(desk.state().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_link_wakes_to_nothing() {
    let sleeper = Sleeper::new();
    let desk = nova::connect(Desk).dialer(endless()).clock(sleeper.clone()).start().expect("started");
    settle().await;
    sleeper.sleeps(600);
    settle().await;
    assert_eq!(desk.state().name(), "connecting");
}
