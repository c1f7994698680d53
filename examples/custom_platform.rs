//! A platform of one's own, by hand: a venue that speaks in `op` and `args` and numbers its messages.
//!
//! ```sh
//! cargo run -p examples --example custom_platform
//! ```
//!
//! The venue leaves a number out once and drops the link once: both show as gaps, and nothing here has to deal with them.

#[path = "support/op_venue.rs"]
mod op_venue;

use std::{collections::HashMap, time::Duration};

use nova::{
    Continuity, Envelope, Error, Heartbeat, Inbound, Incoming, Item, Outgoing, Params, Patch, Spec,
    SubscriptionResponse, codec::Json, patch,
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

#[derive(Default)]
struct Exchange;

impl nova::PlatformSpec for Exchange {
    type Codec = Json;

    // Without an address: `.url(..)` gives it.
    const SPEC: Spec = Spec::new("exchange", "")
        .patch(Patch::new().heartbeat(patch::Heartbeat::new().interval(Some(Duration::from_secs(20)))));
}

/// What the venue sends. Borrowed from the frame: nothing is copied, and the payload is not looked at.
#[derive(Deserialize)]
struct Word<'f> {
    op: Option<&'f str>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    refused: Vec<String>,
    topic: Option<&'f str>,
    seq: Option<u64>,
    #[serde(borrow)]
    data: Option<&'f RawValue>,
}

impl nova::Platform for Exchange {
    /// The last number seen of each topic.
    type State = HashMap<String, u64>;

    fn connected(&self, seen: &mut Self::State) {
        seen.clear();
    }

    fn subscribe(&self, seen: &mut Self::State, topics: &[&str], _: &Params) -> nova::Result<Outgoing> {
        // Each subscription is counted from 1.
        seen.retain(|topic, _| !topics.contains(&topic.as_str()));
        Ok(json!({"op": "subscribe", "args": topics}).into())
    }

    fn unsubscribe(&self, _: &mut Self::State, topics: &[&str]) -> nova::Result<Outgoing> {
        Ok(json!({"op": "unsubscribe", "args": topics}).into())
    }

    fn heartbeat(&self, _: &mut Self::State) -> Heartbeat {
        Heartbeat::Send(json!({"op": "ping"}).into())
    }

    fn receive<'f>(&self, seen: &mut Self::State, incoming: Incoming<'f>) -> nova::Result<Inbound<'f>> {
        let Some(text) = incoming.text else { return Ok(Inbound::Ignored) };
        let word: Word<'f> = serde_json::from_str(text).map_err(Error::handler)?;
        Ok(match word {
            Word { topic: Some(topic), seq: Some(found), data: Some(data), .. } => {
                let last = seen.insert(topic.to_owned(), found);
                let continuity = match last {
                    None => Continuity::Restarts,
                    Some(last) if found == last + 1 => Continuity::Follows,
                    Some(last) if found <= last => Continuity::Stale,
                    Some(last) => Continuity::Hole { expected: last + 1, found },
                };
                let start = data.get().as_ptr() as usize - text.as_ptr() as usize;
                Inbound::Message { envelope: Envelope::on(incoming.frame, text, topic, start), continuity }
            }
            Word { op: Some("pong" | "unsubscribed"), .. } => Inbound::Alive,
            Word { op: Some("subscribed"), args, refused, .. } => {
                let reason = |topic: &String| Error::Subscription {
                    topic: topic.as_str().into(),
                    reason: "the venue does not serve it".into(),
                };
                let mut response = SubscriptionResponse::default();
                response.confirmed = args;
                response.rejected = refused.into_iter().map(|topic| (topic.clone(), reason(&topic))).collect();
                Inbound::Subscription(response)
            }
            _ => Inbound::Ignored,
        })
    }
}

#[nova::client(platform = Exchange, profile = "financial")]
struct Counter;

#[tokio::main]
async fn main() -> nova::Result {
    let url = op_venue::start().await.map_err(Error::handler)?;
    let counter = nova::connect(Counter).url(url).await?;
    let subscribed = counter.subscribe_many(["count.a", "nonsense"]).await?;
    println!("confirmed {:?}, refused {:?}", subscribed.confirmed, subscribed.rejected);

    let (mut messages, mut gaps) = (0, 0);
    while messages < 30 {
        match counter.next().await {
            Some(Item::Message(raw)) => {
                messages += 1;
                println!("{:?} {:?}", raw.channel(), raw.data::<serde_json::Value>()?["n"]);
            }
            Some(Item::Gap(gap)) => {
                gaps += 1;
                println!("{} has a gap: {:?}", gap.topic, gap.cause);
            }
            Some(other) => println!("{other:?}"),
            None => break,
        }
    }
    println!("{messages} messages, {gaps} gaps");
    counter.close().await;
    if gaps < 2 { Err(Error::handler("a number left out and a dropped link make two gaps")) } else { Ok(()) }
}
