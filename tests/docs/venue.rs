//! The code of `docs/examples/platform_integration.md`: it compiles here, and the venue that is half described runs.

#![allow(dead_code, reason = "some of it is compiled, not run")]

use exchange::Exchange;
use nova::{Credentials, GapCause, Item};
use serde_json::{Value, json};

use super::support::venue;

mod first {
    #[derive(Default, nova::Platform)]
    #[nova(
        url = "wss://ws.exchange.test/v1",
        channel = "/topic",
        payload = "/data",
        subscribe = r#"{"op":"subscribe","args":{channels}}"#,
        ack(at = "/op", is = "subscribed", channel = "/args")
    )]
    struct Exchange;

    #[nova::client(platform = Exchange)]
    struct Look;

    #[tokio::main]
    async fn main() -> nova::Result {
        let look = nova::connect(Look).await?;
        look.subscribe("trades.BTC").await?;
        while let Some(item) = look.next().await {
            println!("{item:?}");
        }
        Ok(())
    }
}

mod exchange {
    use std::collections::HashMap;

    use nova::{
        Continuity, Credentials, Envelope, ExposeSecret, Inbound, Incoming, LoginContext, Outgoing, Params, Platform,
        PlatformSpec, Spec,
    };
    use serde::Deserialize;
    use serde_json::{json, value::RawValue};

    /// What can be described.
    #[derive(nova::Platform)]
    #[nova(
        name = "exchange",
        url = "wss://ws.exchange.test/v2",
        id = "/req",
        result = "/result",
        request = r#"{"req":{id},"op":{method},"with":{params}}"#,
        error(at = "/error", code = "/error/code", message = "/error/text"),
        ack(at = "/op", is = "joined", channel = "/topics"),
        ignore(at = "/op", is = ["pong", "left"]),
        ping(every = "20s", send = r#"{"op":"ping"}"#)
    )]
    struct Words;

    /// And what cannot.
    #[derive(Default)]
    pub(super) struct Exchange;

    impl PlatformSpec for Exchange {
        type Codec = nova::codec::Json;
        const SPEC: Spec = Words::SPEC;
    }

    /// A pushed message. Borrowed from the frame: nothing is copied, and the payload is not looked at.
    #[derive(Deserialize)]
    struct Pushed<'f> {
        stream: &'f str,
        symbol: &'f str,
        seq: u64,
        #[serde(borrow)]
        data: &'f RawValue,
    }

    impl Platform for Exchange {
        /// The last number of each topic.
        type State = HashMap<String, u64>;

        fn connected(&self, last: &mut Self::State) {
            last.clear();
        }

        fn login(&self, _: &mut Self::State, credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
            let Credentials::Key { id, secret } = credentials else { return None };
            let nonce = format!("{:016x}", context.nonce);
            Outgoing::call("login", &json!({"key": id, "secret": secret.expose_secret(), "nonce": nonce})).ok()
        }

        fn subscribe(&self, last: &mut Self::State, topics: &[&str], _: &Params) -> nova::Result<Outgoing> {
            // Each subscription begins anew, wherever its numbers do.
            last.retain(|topic, _| !topics.contains(&topic.as_str()));
            Ok(json!({"op": "join", "streams": streams(topics)}).into())
        }

        fn unsubscribe(&self, _: &mut Self::State, topics: &[&str]) -> nova::Result<Outgoing> {
            Ok(json!({"op": "leave", "streams": streams(topics)}).into())
        }

        fn receive<'f>(&self, last: &mut Self::State, incoming: Incoming<'f>) -> nova::Result<Inbound<'f>> {
            let text = incoming.json()?;
            let Ok(Pushed { stream, symbol, seq, data }) = serde_json::from_str(text) else {
                return Words.receive(&mut nova::platform::Described::default(), incoming); // an acknowledgement, an answer, a pong
            };
            let topic = format!("{stream}.{symbol}");
            let continuity = match last.get(&topic) {
                None => Continuity::Restarts,
                Some(before) if seq <= *before => Continuity::Stale, // sent twice
                Some(before) if seq == before + 1 => Continuity::Follows,
                Some(before) => Continuity::Hole { expected: before + 1, found: seq },
            };
            if continuity != Continuity::Stale {
                last.insert(topic.clone(), seq);
            }
            let payload = data.get().as_ptr() as usize - text.as_ptr() as usize;
            Ok(Inbound::Message { envelope: Envelope::known(incoming.frame, text, topic.into(), payload), continuity })
        }
    }

    /// `trades.BTC` → `{"name":"trades","symbol":"BTC"}`.
    fn streams(topics: &[&str]) -> Vec<serde_json::Value> {
        let parts = topics.iter().map(|topic| topic.split_once('.').unwrap_or((topic, "")));
        parts.map(|(name, symbol)| json!({"name": name, "symbol": symbol})).collect()
    }
}

#[nova::client(platform = Exchange, profile = "financial")]
struct Desk;

fn trade(seq: u64) -> Value {
    json!({"stream": "trades", "symbol": "BTC", "seq": seq, "data": {"price": seq}})
}

#[tokio::test(start_paused = true)]
async fn it_logs_in_joins_and_comes_back_from_a_hole_and_a_drop() {
    let (dialer, server) = venue();
    let login = Credentials::key("me", "s3cret");
    let desk = nova::connect(Desk).dialer(dialer).credentials(login).start().expect("started");

    let mut peer = server.accept().await;
    let asked = peer.receive().await;
    assert_eq!((&asked["op"], &asked["with"]["key"]), (&json!("login"), &json!("me")));
    peer.send(json!({"req": asked["req"], "result": "welcome"})).await;
    desk.wait_ready().await.expect("ready");

    let streams = json!([{"name": "trades", "symbol": "BTC"}]);
    let (confirmed, ()) = tokio::join!(desk.subscribe("trades.BTC"), async {
        assert_eq!(peer.receive().await, json!({"op": "join", "streams": streams}));
        peer.send(json!({"op": "joined", "topics": ["trades.BTC"]})).await;
    });
    confirmed.expect("confirmed");

    for seq in [7, 7, 9] {
        peer.send(trade(seq)).await; // 7 comes twice, 8 is missing
    }
    assert!(matches!(desk.next().await, Some(Item::Message(raw)) if raw.channel() == Some("trades.BTC")));
    match desk.next().await {
        Some(Item::Gap(gap)) => assert_eq!(gap.cause, GapCause::Sequence { expected: 8, found: 9 }),
        other => panic!("a gap was to come, not {other:?}"),
    }

    drop(peer); // the link is lost
    let mut peer = server.accept().await;
    let asked = peer.receive().await;
    peer.send(json!({"req": asked["req"], "result": "welcome"})).await;
    assert_eq!(peer.receive().await, json!({"op": "join", "streams": streams}));
}
