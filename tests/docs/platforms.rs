//! The code of `docs/guides/platforms.md`: it compiles here, and the line protocol runs.

#![allow(dead_code, reason = "some of it is compiled, not run")]

use nova::{
    Frame, Inbound, Incoming, Platform as _, Topic,
    test::{Asked, ServerSide, Verdict},
};

use super::support::{Peer, venue};

mod built_in {
    #[nova::client(platform = "jsonrpc", profile = "financial")]
    struct Node;

    async fn run() -> nova::Result {
        let rpc = nova::platform::JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
        let node = nova::connect(Node).url("ws://127.0.0.1:8546").platform(rpc).await?;
        node.subscribe("newHeads").await?;
        Ok(())
    }
}

mod described {
    #[derive(Default, nova::Platform)]
    #[nova(
        url = "wss://ws.exchange.test/v1",
        channel = "/topic",
        payload = "/data",
        subscribe = r#"{"op":"subscribe","args":{channels}}"#,
        unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
        ack(at = "/op", is = "subscribed", channel = "/args"),
        ignore(at = "/op", is = ["pong", "unsubscribed"]),
        ping(every = "20s", send = r#"{"op":"ping"}"#)
    )]
    struct Exchange;

    #[nova::client(platform = Exchange, profile = "financial")]
    struct Desk;
}

#[rustfmt::skip]
mod every {
    #[derive(Default, nova::Platform)]
    #[nova(
        // Where it is, and how it is called in errors. `{host}` is a field of the struct.
        name = "every", url = "wss://{host}/v5", codec = "json", crate = nova,
        headers = ["X-Version: 2"],

        // What stands where in a frame: JSON pointers.
        channel = "/topic", payload = "/data", id = "/req", result = "/result",

        // Which frames are what: where something stands, what it is, what it is not.
        ack(at = "/op", is = ["subscribed", "resubscribed"], channel = "/args", refused = "/refused"),
        error(at = "/status", not = [0, "ok"], code = "/status", message = "/text", channel = "/args"),
        ignore(at = "/op", is = "unsubscribed"),
        ignore(text = "pong"),
        answer(at = "/ping", send = r#"{"pong":{value}}"#),

        // What is sent: templates, checked to be JSON.
        subscribe(send = r#"{"req":{id},"op":"subscribe","args":{channels}}"#, each = r#"{"name":{channel}}"#, listed = "/result"),
        unsubscribe = r#"{"req":{id},"op":"unsubscribe","args":{channels}}"#,
        request = r#"{"req":{id},"op":{method},"args":{params}}"#,
        ping(every = "20s", send = r#"{"op":"ping"}"#),     // or text = "ping", or neither: a WebSocket ping
        login(
            send = r#"{"op":"auth","key":"{api_key}","until":{expires},"sign":"{sign}"}"#,
            ack(at = "/op", is = "auth"), life = "/ttl",
        ),
        sign(over = "GET/realtime{expires}", encoding = "hex", timestamp = "s", expires = "10s"),
        private = ["orders", "account.*"],                  // need the login, and are restored first
        refresh_margin = "1m",                              // a login is renewed at least so long before its end

        // How messages are numbered: a hole is a gap, and the topic is subscribed anew.
        sequence(rule = "prev_id", at = "/data/id", prev = "/data/prev", snapshot(at = "/kind", is = "snapshot")),

        // What the venue admits, whatever the settings say.
        topics = 500, chunk = 50, outbound = 32_000,
        rate_limit(capacity = 100, refill = "10/s"),
        pool(name = "requests", capacity = 50_000, refill = "10000/s", cost = 500),
        pool(name = "trading", capacity = 20, refill = "5/s", methods = ["order/*", "cancel"]),
        pool(name = "history", window = "10/s", methods = ["history/*"]),
        pool(name = "queries", limit = "120/60s", methods = ["query/*"]),

        // What its codes call for.
        error_codes(rate_limited = [10006], authentication = 13009, transient = 503, platform = 400, critical = 403),
        close_codes(critical = 4001, transient = [4004, 4008]),

        // Its layer of the settings, below the profile's.
        reconnect(jitter = 0.5), connection(max_message = "4MiB"), heartbeat(timeout = "5s"), backpressure(buffer = 4096),
        telemetry(message = false), auth(refresh_at = 0.8), breaker(failures = 5), subscriptions(ack_timeout = "5s"),
        cluster(enabled = false),
    )]
    struct Every {
        host: String,
    }

    #[derive(Default, nova::Platform)]
    #[nova(channel = "/s", payload = "/d", sequence(rule = "increment", at = "/seq"))]
    struct Counted;

    #[derive(Default, nova::Platform)]
    #[nova(channel = "/s", payload = "/d", sequence(rule = "first_last", at = "/d/u", first = "/d/U"))]
    struct Spans;
}

mod half {
    use nova::{Outgoing, Params, Platform};
    use serde_json::json;

    #[derive(Default, nova::Platform)]
    #[nova(
        channel = "/topic",
        payload = "/data",
        unsubscribe = r#"{"op":"leave","args":{channels}}"#,
        ack(at = "/op", is = "joined", channel = "/args"),
        overrides(Platform)
    )]
    struct Exchange;

    impl Platform for Exchange {
        type State = ();

        fn subscribe(&self, (): &mut (), topics: &[&str], _: &Params) -> nova::Result<Outgoing> {
            let depth = |topic: &&str| if topic.starts_with("book.") { 50 } else { 0 };
            let args: Vec<_> = topics.iter().map(|topic| json!({"name": topic, "depth": depth(topic)})).collect();
            Ok(json!({"op": "join", "args": args}).into())
        }
    }

    #[test]
    fn the_half_that_is_written_meets_the_half_that_is_described() {
        let asked = Exchange.subscribe(&mut (), &["book.a", "trades.a"], &Params::new()).expect("a request");
        assert_eq!(
            asked.text(),
            Some(r#"{"args":[{"depth":50,"name":"book.a"},{"depth":0,"name":"trades.a"}],"op":"join"}"#)
        );
        assert_eq!(
            Exchange.unsubscribe(&mut (), &["book.a"]).expect("a request").text(),
            Some(r#"{"op":"leave","args":["book.a"]}"#)
        );
    }
}

mod lines {
    use nova::{
        Envelope, Error, Heartbeat, Inbound, Incoming, Outgoing, Params, Spec, SubscriptionResponse, codec::Json,
    };

    #[derive(Default)]
    pub(super) struct Lines;

    impl nova::PlatformSpec for Lines {
        type Codec = Json; // payloads are JSON, though the lines are not
        const SPEC: Spec = Spec::new("lines", "wss://lines.test/");
    }

    impl nova::Platform for Lines {
        type State = ();

        fn subscribe(&self, (): &mut (), topics: &[&str], _: &Params) -> nova::Result<Outgoing> {
            Ok(format!("JOIN {}", topics.join(" ")).into())
        }

        fn unsubscribe(&self, (): &mut (), topics: &[&str]) -> nova::Result<Outgoing> {
            Ok(format!("PART {}", topics.join(" ")).into())
        }

        fn heartbeat(&self, (): &mut ()) -> Heartbeat {
            Heartbeat::Send("PING".into())
        }

        fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> nova::Result<Inbound<'f>> {
            let line = incoming.json()?;
            let mut response = SubscriptionResponse::default();
            match line.split_once(' ').unwrap_or((line, "")) {
                ("MSG", rest) => {
                    let topic = rest.split(' ').next().unwrap_or_default();
                    let payload = "MSG ".len() + topic.len();
                    return Ok(Inbound::message(Envelope::on(incoming.frame, line, topic, payload)));
                }
                ("JOINED", topics) => response.confirmed = topics.split(' ').map(str::to_owned).collect(),
                ("REFUSED", topic) => {
                    let error = Error::Subscription { topic: topic.to_owned().into(), reason: "refused".into() };
                    response.rejected = vec![(topic.to_owned(), error)];
                }
                ("PONG" | "PARTED", _) => return Ok(Inbound::Alive),
                (word, _) => {
                    return Err(Error::handler(format!("`{}` is no word of this protocol", word.escape_debug())));
                }
            }
            Ok(Inbound::Subscription(response))
        }
    }

    #[nova::client(platform = Lines, profile = "financial")]
    pub(super) struct Listener;
}

use lines::{Lines, Listener};

#[test]
fn a_line_means_what_the_protocol_says() {
    let frame = Frame::text(r#"MSG prices.BTC {"last":101.5}"#);
    match Lines.receive(&mut (), Incoming::new(&frame, frame.as_text())) {
        Ok(Inbound::Message { envelope, .. }) => {
            assert_eq!(envelope.channel(), Some("prices.BTC"));
            assert_eq!(envelope.data_text(), Some(r#" {"last":101.5}"#));
        }
        other => panic!("{other:?}"),
    }
}

async fn says(peer: &mut Peer, line: &str) {
    peer.expect(line).await;
}

async fn tell(peer: &mut Peer, line: &str) {
    peer.send_frame(Frame::text(line)).await;
}

#[tokio::test(start_paused = true)]
async fn a_platform_by_hand_subscribes_is_refused_and_restored() {
    let (dialer, server) = venue();
    let listener = nova::connect(Listener).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    listener.wait_ready().await.expect("ready");
    let (confirmed, ()) = tokio::join!(listener.subscribe("prices.BTC"), async {
        says(&mut peer, "JOIN prices.BTC").await;
        tell(&mut peer, "JOINED prices.BTC").await;
    });
    confirmed.expect("confirmed");
    let (refused, ()) = tokio::join!(listener.subscribe("nonsense"), async {
        says(&mut peer, "JOIN nonsense").await;
        tell(&mut peer, "REFUSED nonsense").await;
    });
    assert!(refused.is_err());
    tell(&mut peer, r#"MSG prices.BTC {"last":101.5}"#).await;
    let raw = listener.next().await.and_then(nova::Item::message).expect("a message");
    assert_eq!(raw.data::<serde_json::Value>().expect("JSON")["last"], 101.5);
    says(&mut peer, "PING").await;
    tell(&mut peer, "PONG").await;
    tell(&mut peer, "NONSENSE").await;
    assert!(matches!(listener.next().await, Some(nova::Item::Undecodable(..))));
    drop(peer);
    let mut peer = server.accept().await;
    says(&mut peer, "JOIN prices.BTC").await;
}

struct LinesServer;

fn words(message: &Frame) -> (&str, Vec<String>) {
    let line = message.as_text().unwrap_or_default();
    let (word, topics) = line.split_once(' ').unwrap_or((line, ""));
    (word, topics.split_whitespace().map(str::to_owned).collect())
}

impl ServerSide for LinesServer {
    type Platform = Lines;

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::new("prices.BTC"), Topic::new("prices.ETH")]
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("prices.NONE"))
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        match words(message) {
            ("JOIN", topics) => Asked::Subscribe(topics),
            ("PART", topics) => Asked::Unsubscribe(topics),
            ("PING", _) => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let (word, mut topics) = words(message);
        let lines = match (word, verdict) {
            ("JOIN", Verdict::Granted) => vec![format!("JOINED {}", topics.join(" "))],
            ("JOIN", Verdict::NoSuchTopics(refused)) => {
                topics.retain(|topic| !refused.contains(topic));
                let refused = refused.iter().map(|topic| format!("REFUSED {topic}"));
                refused.chain([format!("JOINED {}", topics.join(" "))]).collect()
            }
            ("PART", Verdict::Granted) => vec![format!("PARTED {}", topics.join(" "))],
            ("PING", Verdict::Granted) => vec!["PONG".to_owned()],
            _ => return None, // this venue has no words for it
        };
        Some(lines.into_iter().map(Frame::text).collect())
    }

    fn news(&mut self, topic: &str) -> Frame {
        Frame::text(format!(r#"MSG {topic} {{"last":101.5}}"#))
    }
}

#[test]
fn lines_conform() {
    nova::test::platform_conformance(|| LinesServer);
}
