//! What a platform asks for itself: paced by the venue's limit, answered to the platform, and its messages in their place.

use std::collections::VecDeque;

use nova::{
    Continuity, Error, Frame, GapCause, Inbound, Incoming, Inquiry, Item, Outgoing, Params, Platform, PlatformSpec,
    Result, Spec,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Plain, pass, secs, settle, venue};

/// A venue whose client fetches what it missed on `a`: one call a connection but the first.
#[derive(Clone, Copy, Debug, Default)]
struct Fetching;

#[derive(Debug, Default)]
struct Memory {
    connections: u64,
    ask: bool,
    fetched: VecDeque<Frame>,
}

impl PlatformSpec for Fetching {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("fetching", "ws://venue.test/");
}

impl Platform for Fetching {
    type State = Memory;

    fn connected(&self, memory: &mut Memory) {
        memory.connections += 1;
        memory.ask = memory.connections > 1;
    }

    fn prepare(&self, _: &mut Memory, config: &nova::Config, logged_in: bool) -> Vec<Outgoing> {
        Plain.prepare(&mut (), config, logged_in)
    }

    fn subscribe(&self, _: &mut Memory, channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn inquire(&self, memory: &mut Memory) -> Option<Inquiry> {
        std::mem::take(&mut memory.ask).then(|| Inquiry::new(memory.connections, Outgoing::call_bare("missed")))
    }

    fn informed(&self, memory: &mut Memory, tag: u64, reply: Result<&str, Error>) -> Inbound<'static> {
        match reply {
            Ok(reply) => {
                let missed: Vec<Value> = serde_json::from_str(reply).expect("a list");
                let frame = |data| Frame::text(json!({"channel": "a", "data": data, "of": tag}).to_string());
                memory.fetched = missed.into_iter().map(frame).collect();
                Inbound::Ignored
            }
            Err(error) => Inbound::Error(error),
        }
    }

    fn held(&self, memory: &mut Memory) -> Option<Frame> {
        memory.fetched.pop_front()
    }

    fn receive<'f>(&self, memory: &mut Memory, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        Ok(match Plain.receive(&mut (), incoming)? {
            // A word of two parts, as of a batch.
            Inbound::Message { envelope, .. } if envelope.channel() == Some("both") => {
                memory.fetched.extend(["b", "c"].map(|on| Frame::text(json!({"channel": on, "data": 0}).to_string())));
                Inbound::message(envelope)
            }
            Inbound::Message { envelope, .. } if envelope.channel() == Some("a") => {
                Inbound::Message { envelope, continuity: Continuity::Resumes }
            }
            other => other,
        })
    }
}

#[nova::client(platform = Fetching, profile = "financial", rate_limit(capacity = 3, refill = "1/s", safety = 1.0))]
struct Desk;

/// What was delivered, in a line: channels and data, and the holes.
async fn told(desk: &nova::Handle<Desk>, count: usize) -> String {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(match desk.next().await {
            Some(Item::Message(raw)) => {
                let data: Value = raw.data().expect("JSON");
                format!("{} {data}", raw.channel().unwrap_or("-"))
            }
            Some(Item::Gap(gap)) if gap.cause == GapCause::Reconnected => format!("gap {}", gap.topic),
            other => format!("{other:?}"),
        });
    }
    told.join(", ")
}

#[tokio::test(start_paused = true)]
async fn r074_what_a_platform_fetches_closes_the_hole_of_its_topic() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a", "z"]).start().expect("started");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "z"])).await;
    for (topic, data) in [("a", 1), ("z", 1)] {
        peer.push(topic, json!(data)).await;
    }
    assert_eq!(told(&desk, 2).await, "a 1, z 1");
    drop(peer);

    let mut peer = server.ready().await;
    // What was sent so far has used the limit up: the platform's own question waits for its turn.
    let since = Instant::now();
    peer.answer("subscribe", json!(["a", "z"])).await;
    peer.answer("missed", json!([2, 3])).await;
    assert!(since.elapsed() >= secs(1), "{:?}", since.elapsed());
    peer.push("a", json!(4)).await;
    peer.push("z", json!(2)).await;
    assert_eq!(told(&desk, 5).await, "a 2, a 3, a 4, gap z, z 2");
}

#[tokio::test(start_paused = true)]
async fn a_frame_of_several_messages_is_each_of_them_in_their_order() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a"]).start().expect("started");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("both", json!(0)).await;
    peer.push("d", json!(0)).await;
    assert_eq!(told(&desk, 4).await, "both 0, b 0, c 0, d 0");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_not_answered_is_an_error_to_the_platform_and_lost_with_its_link() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a"]).start().expect("started");
    let mut events = desk.events();
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    drop(peer);
    for lost in [true, false] {
        let mut peer = server.ready().await;
        peer.answer("subscribe", json!(["a"])).await;
        assert_eq!(peer.receive().await["method"], "missed");
        if !lost {
            pass(secs(31)).await;
        }
        drop(peer);
        settle().await;
    }
    let timeouts = std::iter::from_fn(|| events.try_next()).filter(|event| {
        let nova::Event::Error(error) = event else { return false };
        error.to_string().contains("the answer to what the platform asked")
    });
    assert_eq!(timeouts.count(), 1);
}
