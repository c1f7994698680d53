//! The feed of a subscription, as JSON-RPC servers push it: for the clients that know nothing else.

use alloy_rpc_client::ClientBuilder;
use alloy_transport_ws::WsConnect;
use benches::{
    frames::{MESSAGES, number},
    tally::Tally,
};
use jsonrpsee_core::client::{Subscription, SubscriptionClientT};
use jsonrpsee_ws_client::WsClientBuilder;
use nova::{Context, MessageHandler, Raw, Result, platform::JsonRpc};
use serde_json::value::RawValue;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::Server,
};

const LAPS: u64 = 10;
const PATH: &str = "subscription/10";

/// Room for all of it: who drops what is not read in time would be fast by that.
const ROOM: usize = 1 << 17;

pub fn row() -> Row {
    Row {
        name: "subscription",
        what: "notifications of 499 B over TCP to a JSON-RPC subscription, counted",
        count: LAPS * MESSAGES,
        unit: Unit::CpuNanos,
        rounds: 10,
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, _| Box::pin(nova(server)) },
            Arm { name: "alloy 2.5", must: Must::AtMost(0.15), run: |server, _| Box::pin(alloy(server)) },
            Arm { name: "jsonrpsee 0.26", must: Must::AtMost(0.08), run: |server, _| Box::pin(jsonrpsee(server)) },
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

async fn nova(server: &Server) -> Outcome<Cost> {
    let (tally, done) = Tally::told(LAPS);
    let node = JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
    let handle = nova::connect(Ticks(tally)).platform(node).url(server.url(0, PATH)).await.map_err(complain)?;
    let look = Look::now();
    handle.subscribe("ticks").await.map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let cost = look.taken();
    tally.complaint().map_or(Ok(cost), Err)
}

async fn alloy(server: &Server) -> Outcome<Cost> {
    let client = ClientBuilder::default().ws(WsConnect::new(server.url(0, PATH))).await.map_err(complain)?;
    client.set_channel_size(ROOM);
    let mut tally = Tally::of(LAPS);
    let look = Look::now();
    let id = client.request("eth_subscribe", ["ticks"]).await.map_err(complain)?;
    let mut feed = client.get_raw_subscription(id).await;
    while !tally.full() {
        let message = feed.recv().await.map_err(complain)?;
        tally.saw(number(message.get()));
    }
    tally.complaint().map_or_else(|| Ok(look.taken()), Err)
}

async fn jsonrpsee(server: &Server) -> Outcome<Cost> {
    let builder = WsClientBuilder::new().max_buffer_capacity_per_subscription(ROOM);
    let client = builder.build(server.url(0, PATH)).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let look = Look::now();
    let mut feed: Subscription<Box<RawValue>> = client
        .subscribe("eth_subscribe", jsonrpsee_core::rpc_params!["ticks"], "eth_unsubscribe")
        .await
        .map_err(complain)?;
    while !tally.full() {
        let message = feed.next().await.ok_or("it hung up")?.map_err(complain)?;
        tally.saw(number(message.get()));
    }
    tally.complaint().map_or_else(|| Ok(look.taken()), Err)
}
