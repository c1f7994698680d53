//! `SubscriptionHandler`, and a venue that numbers its messages.

use std::collections::HashMap;

use nova::{
    Context, Continuity, Error, Gap, GapCause, Inbound, Incoming, Item, Lent, Outgoing, Params, Platform, PlatformSpec,
    Result, Resync, Spec, SubscriptionHandler, SubscriptionResponse, Topic,
};
use serde_json::{Value, json};

use super::{Notes, payload, ready, subscribed};
use crate::support::{Peer, Plain, secs, settle, venue};

#[tokio::test(start_paused = true)]
async fn subscribe_and_unsubscribe_make_the_messages_that_are_sent() {
    #[nova::client(platform = Plain, profile = "financial", overrides(SubscriptionHandler))]
    struct Desk;

    impl SubscriptionHandler for Desk {
        fn subscribe(topics: &[&str], params: &Params, lent: &mut Lent<'_, Self>) -> Result<Outgoing> {
            if topics.contains(&"secret") {
                return Err(Error::Subscription { topic: "secret".into(), reason: "not for us".into() });
            }
            if topics.contains(&"plain") {
                return lent.inherited().subscribe(topics, params);
            }
            Outgoing::call("join", &json!({"rooms": topics, "with": params}))
        }

        fn unsubscribe(topics: &[&str], _: &mut Lent<'_, Self>) -> Result<Outgoing> {
            Outgoing::call("part", topics)
        }
    }

    let (desk, server, mut peer) = ready(Desk).await;
    let (confirmed, asked) =
        tokio::join!(desk.subscribe(Topic::new("a").param("depth", 5)), peer.answer("join", json!(["a"])));
    confirmed.expect("confirmed");
    assert_eq!(asked, json!({"rooms": ["a"], "with": {"depth": 5}}));
    let refused = desk.subscribe("secret").await;
    assert!(matches!(&refused, Err(Error::Subscription { topic, .. }) if **topic == *"secret"), "{refused:?}");
    subscribed(&desk, &mut peer, "plain").await;
    desk.unsubscribe("plain").await.expect("noted");
    assert_eq!(peer.answer("part", json!(["plain"])).await, json!(["plain"]));
    drop(peer);
    let mut peer = server.ready().await;
    assert_eq!(peer.answer("join", json!(["a"])).await["rooms"], json!(["a"]), "also when it is restored");
}

#[tokio::test(start_paused = true)]
async fn handle_subscription_response_is_told_what_the_venue_lists() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(SubscriptionHandler))]
    struct Desk;

    impl SubscriptionHandler for Desk {
        async fn handle_subscription_response(
            &mut self,
            response: &SubscriptionResponse,
            cx: &mut Context<'_, Self>,
        ) -> Result {
            let rejected: Vec<_> = response.rejected.iter().map(|(topic, error)| format!("{topic}: {error}")).collect();
            NOTES.write(format!("{:?} {rejected:?}", response.confirmed));
            if response.confirmed.is_empty() {
                // A topic of its own in its place.
                cx.subscribe("instead");
            }
            cx.inherited().handle_subscription_response(response).await
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    let (refused, _) = tokio::join!(desk.subscribe("b"), peer.answer("subscribe", json!([])));
    refused.expect_err("not listed");
    assert_eq!(peer.answer("subscribe", json!(["instead"])).await, json!(["instead"]));
    settle().await;
    let refusal = "`b` was not subscribed: not listed";
    assert_eq!(
        NOTES.take(),
        [r#"["a"] []"#.to_owned(), format!(r#"[] ["b: {refusal}"]"#), r#"["instead"] []"#.to_owned(),]
    );
    assert_eq!(desk.wanted(), ["a", "instead"]);
}

#[tokio::test(start_paused = true)]
async fn handle_gap_is_told_of_a_reconnect_before_the_first_message_behind_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(SubscriptionHandler, MessageHandler))]
    struct Desk;

    impl SubscriptionHandler for Desk {
        async fn handle_gap(&mut self, gap: &Gap, cx: &mut Context<'_, Self>) -> Resync {
            NOTES.write(format!("gap in {} before {} ({:?})", gap.topic, gap.epoch, gap.cause));
            cx.inherited().handle_gap(gap).await
        }
    }

    impl nova::MessageHandler for Desk {
        async fn handle_message(&mut self, message: nova::Raw, cx: &mut Context<'_, Self>) -> Result {
            NOTES.write(format!("message {}", message.data::<Value>()?));
            cx.inherited().handle_message(message).await
        }
    }

    let (desk, server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    peer.push("a", json!(1)).await;
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(2)).await;
    peer.push("a", json!(3)).await;
    peer.expect_silence(secs(1)).await;
    assert_eq!(NOTES.take(), ["message 1", "gap in a before 2 (Reconnected)", "message 2", "message 3"]);
    drop(desk);
}

/// [`Plain`], whose messages are numbered: `{"n": 5}`, or `{"n": 5, "snapshot": true}` where a topic starts anew. Topics that begin
/// with `book` follow nothing behind a hole but a snapshot.
#[derive(Clone, Copy, Debug, Default)]
struct Numbered;

impl PlatformSpec for Numbered {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("numbered", "ws://venue.test/");
}

impl Platform for Numbered {
    /// The next number of each topic; none behind a hole.
    type State = HashMap<String, Option<u64>>;

    fn prepare(&self, _: &mut Self::State, config: &nova::Config, logged_in: bool) -> Vec<Outgoing> {
        Plain.prepare(&mut (), config, logged_in)
    }

    fn subscribe(&self, _: &mut Self::State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn unsubscribe(&self, _: &mut Self::State, channels: &[&str]) -> Result<Outgoing> {
        Plain.unsubscribe(&mut (), channels)
    }

    fn receive<'f>(&self, state: &mut Self::State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let inbound = Plain.receive(&mut (), incoming)?;
        let Inbound::Message { envelope, .. } = &inbound else { return Ok(inbound) };
        let (Some(channel), Some(text)) = (envelope.channel(), envelope.data_text()) else { return Ok(inbound) };
        let data: Value = nova::Codec::decode_text(&nova::codec::Json, text).expect("JSON");
        let found = data["n"].as_u64().expect("a number");
        let next = state.entry(channel.to_owned()).or_insert(Some(found));
        let continuity = match *next {
            _ if data["snapshot"] == true => Continuity::Restarts,
            None => Continuity::Stale,
            Some(expected) if expected == found => Continuity::Follows,
            Some(expected) => Continuity::Hole { expected, found },
        };
        *next = match continuity {
            Continuity::Stale => None,
            Continuity::Hole { .. } if channel.starts_with("book") => None,
            _ => Some(found + 1),
        };
        Ok(Inbound::Message { envelope: envelope.clone(), continuity })
    }
}

async fn number(peer: &mut Peer, topic: &str, number: u64) {
    peer.push(topic, json!({"n": number})).await;
}

#[tokio::test(start_paused = true)]
async fn a_hole_is_closed_by_subscribing_again_where_nothing_else_is_said() {
    #[nova::client(platform = Numbered, profile = "financial")]
    struct Desk;

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "book").await;
    number(&mut peer, "book", 1).await;
    number(&mut peer, "book", 3).await;
    assert_eq!(peer.answer("unsubscribe", json!(["book"])).await, json!(["book"]));
    number(&mut peer, "book", 4).await;
    assert_eq!(peer.answer("subscribe", json!(["book"])).await, json!(["book"]));
    peer.push("book", json!({"n": 10, "snapshot": true})).await;
    number(&mut peer, "book", 11).await;
    assert_eq!(payload(&desk).await["n"], 1);
    let gap = desk.next().await;
    let cause = GapCause::Sequence { expected: 2, found: 3 };
    assert!(matches!(&gap, Some(Item::Gap(gap)) if gap.cause == cause && *gap.topic == *"book"), "{gap:?}");
    assert_eq!((payload(&desk).await["n"].clone(), payload(&desk).await["n"].clone()), (json!(10), json!(11)));
    peer.expect_silence(secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn handle_gap_decides_how_each_hole_is_closed_and_is_asked_once_a_hole() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Numbered, profile = "financial", overrides(SubscriptionHandler))]
    struct Desk;

    impl SubscriptionHandler for Desk {
        async fn handle_gap(&mut self, gap: &Gap, _: &mut Context<'_, Self>) -> Resync {
            NOTES.write(format!("{} {:?}", gap.topic, gap.cause));
            if gap.topic.starts_with("book") { Resync::Resubscribe } else { Resync::Accept }
        }
    }

    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    subscribed(&desk, &mut peer, "book").await;
    subscribed(&desk, &mut peer, "trades").await;
    for topic in ["trades", "book"] {
        for found in [1, 4, 5, 6] {
            number(&mut peer, topic, found).await;
        }
    }
    assert_eq!(peer.answer("unsubscribe", json!(["book"])).await, json!(["book"]), "the book only");
    peer.answer("subscribe", json!(["book"])).await;
    peer.expect_silence(secs(5)).await;
    assert_eq!(NOTES.take(), ["trades Sequence { expected: 2, found: 4 }", "book Sequence { expected: 2, found: 4 }"]);
    let mut delivered = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(secs(1), desk.next()).await {
        delivered.push(match item {
            Item::Message(message) => {
                format!("{} {}", message.channel().expect("a channel"), message.data::<Value>().expect("JSON")["n"])
            }
            Item::Gap(gap) => format!("{} gap", gap.topic),
            item => format!("{item:?}"),
        });
    }
    assert_eq!(delivered, ["trades 1", "trades gap", "trades 5", "trades 6", "book 1", "book gap"]);
}
