//! The feed of a subscription, as JSON-RPC servers push it: for the clients that know nothing else.

use std::time::Duration;

use alloy_rpc_client::ClientBuilder;
use alloy_transport_ws::WsConnect;
use benches::{
    arms::{Outcome, complain},
    frames::{MESSAGES, number},
    goals::Goal,
    server::Kind,
    tally::Tally,
};
use jsonrpsee_core::client::{Subscription, SubscriptionClientT};
use jsonrpsee_ws_client::WsClientBuilder;
use nova::{Context, MessageHandler, Raw, Result, platform::JsonRpc};
use serde_json::value::RawValue;

use crate::measure::{Arm, Row, Unit, Work};

const LAPS: u64 = 10;

/// Room for all of it: who drops what is not read in time would be fast by that.
const ROOM: usize = 1 << 17;

pub(super) fn row() -> Row {
    Row {
        name: "subscription",
        what: "notifications of 499 B over TCP to a JSON-RPC subscription, counted",
        server: Kind::Notifications { laps: LAPS },
        count: LAPS * MESSAGES,
        unit: Unit::CpuNanos,
        rounds: 10,
        arms: vec![
            Arm::new("nova", Goal::None, nova),
            Arm::new("alloy 2.5", Goal::AtMost(0.15, 0.1), alloy),
            Arm::new("jsonrpsee 0.26", Goal::AtMost(0.08, 0.05), jsonrpsee),
        ],
    }
}

#[nova::client(platform = "jsonrpc", profile = "financial", overrides(MessageHandler))]
struct Ticks(Tally);

impl MessageHandler for Ticks {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
        self.0.saw(number(message.text().unwrap_or_default()));
        Ok(())
    }
}

async fn nova(work: Work) -> Outcome<Duration> {
    let (tally, done) = Tally::told(LAPS);
    let node = JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
    let handle = nova::connect(Ticks(tally)).platform(node).url(work.url()).await.map_err(complain)?;
    let taken = work.begin();
    handle.subscribe("ticks").await.map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let took = taken();
    tally.complaint().map_or(Ok(took), Err)
}

async fn alloy(work: Work) -> Outcome<Duration> {
    let client = ClientBuilder::default().ws(WsConnect::new(work.url())).await.map_err(complain)?;
    client.set_channel_size(ROOM);
    let mut tally = Tally::of(LAPS);
    let taken = work.begin();
    let id = client.request("eth_subscribe", ["ticks"]).await.map_err(complain)?;
    let mut feed = client.get_raw_subscription(id).await;
    while !tally.full() {
        let message = feed.recv().await.map_err(complain)?;
        tally.saw(number(message.get()));
    }
    tally.complaint().map_or_else(|| Ok(taken()), Err)
}

async fn jsonrpsee(work: Work) -> Outcome<Duration> {
    let builder = WsClientBuilder::new().max_buffer_capacity_per_subscription(ROOM);
    let client = builder.build(work.url()).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let taken = work.begin();
    let mut feed: Subscription<Box<RawValue>> = client
        .subscribe("eth_subscribe", jsonrpsee_core::rpc_params!["ticks"], "eth_unsubscribe")
        .await
        .map_err(complain)?;
    while !tally.full() {
        let message = feed.next().await.ok_or("it hung up")?.map_err(complain)?;
        tally.saw(number(message.get()));
    }
    tally.complaint().map_or_else(|| Ok(taken()), Err)
}
