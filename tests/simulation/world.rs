//! A simulated world: a venue on one host, clients on others.

use std::{
    cell::RefCell,
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
    time::Duration,
};

use nova::{
    Credentials, Endpoint, Handle, Item,
    test::{Expect, venue::Deribit},
};
use turmoil::{
    Builder, Sim,
    net::{TcpListener, TcpStream},
};

use crate::numbers::Numbers;

pub(crate) const TOPICS: [&str; 2] = ["ticker.BTC-PERPETUAL.100ms", "user.orders.any.any.raw"];
pub(crate) const VENUE: &str = "venue";
const PORT: u16 = 80;

/// The client, as it would be written for the real network.
#[nova::client(platform = "deribit", profile = "financial", strategy = "always_reconnect")]
pub(crate) struct Desk;

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A world without hosts, whose chances come from `seed`: messages take 10 to 60 ms.
pub(crate) fn empty(seed: u64) -> Sim<'static> {
    Builder::new()
        .rng_seed(seed)
        .tick_duration(Duration::from_millis(10))
        .min_message_latency(Duration::from_millis(10))
        .max_message_latency(Duration::from_millis(60))
        .tcp_capacity(4_096)
        .simulation_duration(secs(3_600))
        .build()
}

/// A world with a venue.
pub(crate) fn world(seed: u64) -> Sim<'static> {
    let mut sim = empty(seed);
    sim.host(VENUE, || async {
        let venue = Deribit::builder().tick(Duration::from_millis(200)).offline()?;
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?;
        loop {
            venue.serve(listener.accept().await?.0);
        }
    });
    sim
}

/// Venues of numbers on this host, each on a port of its own, from 81 on.
pub(crate) async fn listen<const N: usize>(venues: [Numbers; N]) -> turmoil::Result {
    for (port, venue) in (81..).zip(venues) {
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)).await?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let venue = venue.clone();
                tokio::spawn(async move { venue.serve(stream).await });
            }
        });
    }
    std::future::pending().await
}

/// What dials on this network.
pub(crate) fn dialer() -> impl nova::Dialer {
    nova::dialer(|to: Endpoint| async move { TcpStream::connect((to.host(), to.port())).await })
}

/// Starts a client on this host.
pub(crate) fn start(seed: u64) -> nova::Result<Handle<Desk>> {
    nova::connect(Desk)
        .url(format!("ws://{VENUE}/ws/api/v2"))
        .dialer(dialer())
        .credentials(Credentials::key("nova", "nova-secret"))
        .seed(seed)
        .start()
}

/// What must hold once the network is whole: ready within two minutes, everything wanted is confirmed, and messages come.
pub(crate) async fn is_well(desk: &Handle<Desk>) {
    let waited = tokio::time::timeout(secs(120), desk.wait_ready()).await;
    waited.expect("ready in time").expect("alive");
    assert_eq!(desk.wanted().len(), TOPICS.len());
    assert_eq!(desk.state(), nova::State::Ready { missing: 0 });
    desk.expect_item("a price", |item| matches!(item, Item::Message(_))).within(secs(10)).await;
}

/// A client's past in comparable lines, each step with its moment.
pub(crate) fn past(desk: &Handle<Desk>, started: tokio::time::Instant) -> Vec<String> {
    let line = |step: &nova::Transition| {
        let at = step.at.duration_since(started).as_millis();
        format!("{at} ms: {} → {} #{} ({}) {:?}", step.from, step.to, step.epoch, step.cause, step.delay)
    };
    desk.history().iter().map(line).collect()
}

/// What the clients of a world tell about themselves at its end.
pub(crate) type Told = Rc<RefCell<Vec<Vec<String>>>>;
