//! What a description can say beyond the two examples: addresses and headers of the struct's own, answers, codes, costs.

use std::time::Duration;

use nova::{
    CloseCode, Credentials, Envelope, Error, ErrorClass, Frame, Inbound, Incoming, Outgoing, Params, Platform,
    PlatformSpec, Pool, Rate, platform::Described,
};
use serde_json::json;

#[derive(Debug, nova::Platform)]
#[nova(
    name = "second",
    url = "wss://{host}/v5/{category}",
    channel = "/arg/channel",
    payload = "/data",
    headers = ["X-Version: 2", "Authorization: Bearer {token}"],
    subscribe(send = r#"{"op":"subscribe","args":{channels},"with":{params}}"#, each = r#"{"channel":"{channel}","in":"{category}"}"#),
    ack(at = "/event", is = ["subscribe", "again"], channel = "/arg/channel"),
    error(at = "/event", is = "error", code = "/code", message = "/msg", channel = "/arg/channel"),
    error(at = "/code", not = [0, "0"]),
    ignore(text = "pong"),
    answer(at = "/ping", send = r#"{"pong":{value},"as":"{value}"}"#),
    sequence(rule = "first_last", at = "/data/u", first = "/data/U", snapshot(at = "/action", is = "snapshot")),
    private = ["orders", "account.*"],
    ping(every = "15s", text = "ping"),
    topics = 30,
    chunk = 5,
    rate_limit(refill = "5/s"),
    pool(name = "all", capacity = 10, refill = "10/s", cost = 2),
    pool(name = "subscribe", capacity = 3, refill = "60/m", methods = ["sub*"]),
    pool(name = "gateway", limit = "120/60s", methods = "gateway"),
    pool(name = "reads", window = "10/s", methods = "read"),
    error_codes(rate_limited = [50011, 50061], authentication = 60009),
    close_codes(critical = [4001], transient = 4004)
)]
struct Second {
    host: String,
    category: u8,
}

impl Default for Second {
    fn default() -> Self {
        Self { host: "ws.second.test".to_owned(), category: 7 }
    }
}

#[nova::client(platform = Second)]
struct Desk;

/// What a frame means, in a line.
fn told(state: &mut Described, text: &str) -> String {
    let (second, frame) = (Second::default(), Frame::text(text));
    match second.receive(state, Incoming::new(&frame, frame.as_text())) {
        Ok(Inbound::Message { envelope, continuity }) => {
            let data = |envelope: &Envelope<'_>| envelope.data_text().unwrap_or_default().to_owned();
            format!("{:?} {} {continuity:?}", envelope.channel(), data(&envelope))
        }
        Ok(Inbound::Subscription(response)) => format!("{:?} {:?}", response.confirmed, response.rejected),
        Ok(Inbound::Reflex(outgoing)) => format!("reflex {}", outgoing.text().unwrap_or_default()),
        Ok(Inbound::Error(error)) => format!("error {error}"),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("undecodable {error}"),
    }
}

#[test]
fn frames_are_what_the_description_says() {
    let mut state = Described::default();
    for (text, expected) in [
        ("pong", "Alive"),
        (r#"{"ping":[1,"a"]}"#, r#"reflex {"pong":[1,"a"],"as":"[1,\"a\"]"}"#),
        (r#"{"event":"again","arg":{"channel":"x"}}"#, r#"["x"] []"#),
        (r#"{"code":"0","event":"other"}"#, r#"None {"code":"0","event":"other"} Follows"#),
        (r#"{"code":50011}"#, "error the venue refused (rate limited): 50011 "),
        (r#"{"code":"60009","event":"error","msg":"who?"}"#, "error the venue refused (authentication): 60009 who?"),
        (
            r#"{"arg":{"channel":"b"},"action":"snapshot","data":{"U":1,"u":5}}"#,
            "Some(\"b\") {\"U\":1,\"u\":5}} Restarts",
        ),
        (r#"{"arg":{"channel":"b"},"data":{"U":6,"u":8}}"#, "Some(\"b\") {\"U\":6,\"u\":8}} Follows"),
        (r#"{"arg":{"channel":"b"},"data":{"U":7,"u":8}}"#, "Some(\"b\") {\"U\":7,\"u\":8}} Stale"),
        (
            r#"{"arg":{"channel":"b"},"data":{"U":10,"u":11}}"#,
            "Some(\"b\") {\"U\":10,\"u\":11}} Hole { expected: 9, found: 10 }",
        ),
        (r#"{"arg":{"channel":"\u0063"},"data":[]}"#, "Some(\"c\") []} Follows"),
        (r#"{"arg":{"channel":"no payload"}}"#, r#"None {"arg":{"channel":"no payload"}} Follows"#),
        (r#"["a"]"#, r#"None ["a"] Follows"#),
    ] {
        assert_eq!(told(&mut state, text), expected, "{text}");
    }
    for (text, why) in [
        (r#"{"arg":{"channel":"b"},"data":{"U":10,"u":1.5}}"#, "sequence number"),
        (r#"{"arg":{"channel":"b"},"data":{"#, "a member's name"),
        ("nonsense {", "the end"),
        (r#"{"ping":[uc1,"a"]}"#, "expected value"),
    ] {
        let told = told(&mut state, text);
        assert!(told.starts_with("undecodable") && told.contains(why), "{text}: {told}");
    }
    let refused = told(&mut state, r#"{"event":"error","code":60018,"msg":"no such channel","arg":{"channel":"x"}}"#);
    assert!(refused.starts_with("[] [(\"x\", Platform"), "{refused}");
}

#[test]
fn requests_are_filled_templates() {
    let (second, mut state) = (Second::default(), Described::default());
    let mut params = Params::new();
    params.insert("depth".to_owned(), json!(5));
    let asked = second.subscribe(&mut state, &["a\"b", "c"], &params).expect("a request");
    assert_eq!(
        asked.text(),
        Some(r#"{"op":"subscribe","args":[{"channel":"a\"b","in":"7"},{"channel":"c","in":"7"}],"with":{"depth":5}}"#)
    );
    assert_eq!(second.cost(&asked), (1, 1));
    assert_eq!(second.cost(&Outgoing::from("x")), (0, 2));
    let unsupported = second.unsubscribe(&mut state, &["a"]).expect_err("not described");
    assert!(matches!(unsupported, Error::Unsupported { platform: "second", .. }));
    assert!(matches!(second.request(1, "m", None), Err(Error::Unsupported { .. })), "no answer could be told");
    assert!(matches!(second.heartbeat(&mut state), nova::Heartbeat::Send(ping) if ping.text() == Some("ping")));
}

#[test]
fn tables_are_what_the_description_says() {
    let second = Second::default();
    let nova::Dial::Url(url) = second.dial(&mut Described::default()) else { panic!("an address") };
    assert_eq!(url, "wss://ws.second.test/v5/7");
    assert!(second.is_private("orders") && second.is_private("account.x") && !second.is_private("orders.x"));
    assert_eq!(second.close_class(CloseCode(4001)), Some(ErrorClass::Critical));
    assert_eq!(second.close_class(CloseCode(1000)), None);
    assert_eq!(second.error_class(1), ErrorClass::Platform);
    let bounds = Second::SPEC.bounds;
    assert_eq!((bounds.heartbeat, bounds.topics, bounds.chunk), (Some(Duration::from_secs(15)), Some(30), Some(5)));
    assert_eq!(bounds.refill.map(|rate| rate.to_string()), Some("5/s".to_owned()));
    let pools = [
        Pool::steady("all", 10, Rate::per_second(10)),
        Pool::steady("subscribe", 3, Rate::new(60, Duration::from_secs(60))),
        Pool::sliding("gateway", Rate::new(120, Duration::from_secs(60))),
        Pool::fixed("reads", Rate::per_second(10)),
    ];
    assert_eq!(Second::SPEC.pools, pools);
}

#[tokio::test(start_paused = true)]
async fn a_token_in_a_header_is_the_whole_login() {
    let server = nova::test::MockServer::memory();
    server.script(nova::test::Scenario::new().connect_success().expect_end());
    let desk = nova::connect(Desk).dialer(server.dialer()).credentials(Credentials::token("t0ken"));
    let desk = desk.header("x-version", "3").await.expect("ready without a message");
    let requests = server.requests();
    assert_eq!(requests[0].header("X-Version"), Some("3"), "the builder's header counts");
    assert_eq!(requests[0].header("Authorization"), Some("Bearer t0ken"));
    desk.close().await;
}

/// The behaviour half by hand, with a memory that is part of the platform's own.
mod own_state {
    use super::*;

    #[derive(Debug, Default, nova::Platform)]
    #[nova(channel = "/c", payload = "/d", sequence(rule = "increment", at = "/s"), overrides(Platform))]
    pub(super) struct Forgetful;

    impl Platform for Forgetful {
        type State = u8;
    }

    #[derive(Debug, Default, nova::Platform)]
    #[nova(channel = "/c", payload = "/d", sequence(rule = "increment", at = "/s"), overrides(Platform))]
    pub(super) struct Mindful;

    #[derive(Default)]
    pub(super) struct Mind {
        described: Described,
        pub(super) asked: usize,
    }

    impl Platform for Mindful {
        type State = Mind;

        fn described<'s>(&self, state: &'s mut Mind) -> Option<&'s mut Described> {
            Some(&mut state.described)
        }

        fn subscribe(&self, state: &mut Mind, channels: &[&str], _: &Params) -> nova::Result<Outgoing> {
            state.asked += channels.len();
            Ok(json!({"sub": channels}).into())
        }
    }

    #[nova::client(platform = Forgetful)]
    pub(super) struct Lost;
}

#[tokio::test(start_paused = true)]
async fn a_sequence_without_a_memory_is_refused_before_dialling() {
    let connected = nova::connect(own_state::Lost).url("ws://venue.test/").await;
    let error = connected.expect_err("nowhere to count").to_string();
    assert!(error.contains("nova::platform::Described"), "{error}");
}

#[test]
fn a_state_of_ones_own_may_hold_the_memory() {
    let (mindful, mut state) = (own_state::Mindful, own_state::Mind::default());
    mindful.subscribe(&mut state, &["a"], &Params::new()).expect("its own");
    for (seq, expected) in [(1, nova::Continuity::Restarts), (2, nova::Continuity::Follows)] {
        let frame = Frame::text(format!(r#"{{"c":"a","s":{seq},"d":0}}"#));
        let inbound = mindful.receive(&mut state, Incoming::new(&frame, frame.as_text())).expect("readable");
        assert!(matches!(inbound, Inbound::Message { continuity, .. } if continuity == expected), "{inbound:?}");
    }
    assert_eq!(state.asked, 1);
}
