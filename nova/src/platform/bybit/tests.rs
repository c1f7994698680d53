//! What frames mean, in every form and every order of members, and what is sent.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{auth::AuthResponse, config::Layer, error::ErrorClass, frame};

/// What a frame means to a platform that has asked for `topics`.
fn meaning(platform: &Bybit, state: &mut State, text: &str) -> String {
    let frame = frame::Frame::text(text);
    let received = platform.receive(state, Incoming::new(&frame, frame.as_text()));
    match received {
        Ok(Inbound::Message { envelope, continuity }) => {
            format!("{} {continuity:?}", envelope.channel().unwrap_or("-"))
        }
        Ok(Inbound::Reply { id, result: Ok(_) }) => format!("reply {id}"),
        Ok(Inbound::Reply { id, result: Err(error) }) => format!("refusal {id} {:?}", error.class()),
        Ok(Inbound::Subscription(told)) => {
            let rejected: Vec<_> = told.rejected.iter().map(|(topic, _)| topic).collect();
            format!("confirmed {:?} rejected {rejected:?} apart {:?}", told.confirmed, told.apart)
        }
        Ok(Inbound::Left(topics)) => format!("left {topics:?}"),
        Ok(Inbound::Auth(AuthResponse::Accepted { .. })) => "logged in".to_owned(),
        Ok(Inbound::Auth(AuthResponse::Refused { error, .. })) => format!("login refused {:?}", error.class()),
        Ok(Inbound::Reflex(_)) => "asks for the time".to_owned(),
        Ok(Inbound::Error(error)) => format!("error {:?}", error.class()),
        Ok(other) => format!("{other:?}"),
        Err(_) => "undecodable".to_owned(),
    }
}

fn logging_in(platform: &Bybit) -> State {
    struct Noon;
    impl std::fmt::Debug for Noon {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Noon")
        }
    }
    impl crate::time::Clock for Noon {
        fn wall(&self) -> std::time::SystemTime {
            std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_010)
        }
    }
    let mut state = State::default();
    let login = platform.login(&mut state, &Credentials::key("myKey", "nova-secret-1"), LoginContext::new(&Noon, 1));
    let text = login.and_then(|login| login.text().map(str::to_owned)).expect("a login");
    let frame: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&frame["args"][0], &frame["args"][1]), (&"myKey".into(), &1_700_000_010_010_u64.into()));
    state
}

#[test]
fn every_form_of_pong_and_of_a_logins_answer_is_understood() {
    let platform = Bybit::private();
    for (text, expected) in [
        (r#"{"success":true,"ret_msg":"pong","conn_id":"c-1","op":"ping"}"#, "Alive"),
        (r#"{"success":true,"ret_msg":"pong","conn_id":"c-1","req_id":"p-17","op":"ping"}"#, "Alive"),
        (r#"{"op":"pong","args":["1700000000123"]}"#, "Alive"),
        (r#"{"req_id":"p-17","op":"pong","args":["1700000000123"],"conn_id":"c-1"}"#, "Alive"),
        (r#"{"retCode":0,"retMsg":"OK","op":"pong","data":["1700000000123"],"connId":"c-1"}"#, "Alive"),
        (r#"{"success":true,"ret_msg":"","op":"auth","conn_id":"c-2"}"#, "logged in"),
        (r#"{"retCode":0,"retMsg":"OK","op":"auth","connId":"c-3"}"#, "logged in"),
        (r#"{"success":true,"conn_id":"c-4","type":"AUTH_RESP"}"#, "logged in"),
        (r#"{"retCode":20001,"retMsg":"Repeat auth","op":"auth","connId":"c-3"}"#, "logged in"),
        (r#"{"success":false,"ret_msg":"Params Error","op":"auth","conn_id":"c"}"#, "login refused Platform"),
        (r#"{"success":false,"ret_msg":"error:USVC1111","op":"auth"}"#, "login refused Platform"),
        (r#"{"retCode":10004,"retMsg":"error sign","op":"auth","connId":"c"}"#, "login refused Authentication"),
        (r#"{"ret_code":10004,"ret_msg":"error sign","op":"auth","conn_id":"c"}"#, "login refused Authentication"),
        (r#"{"retCode":10003,"retMsg":"invalid key","op":"auth"}"#, "login refused Authentication"),
        (r#"{"retCode":10003,"retMsg":"too many sessions under the UID","op":"auth"}"#, "login refused Transient"),
        (r#"{"retCode":10006,"retMsg":"too many visits","op":"auth"}"#, "login refused RateLimited"),
        (r#"{"success":false,"ret_msg":"error:request expired","op":"auth"}"#, "asks for the time"),
        (r#"{"retCode":10002,"retMsg":"time","op":"auth"}"#, "asks for the time"),
    ] {
        assert_eq!(meaning(&platform, &mut logging_in(&platform), text), expected, "{text}");
    }
}

#[test]
fn a_login_that_came_too_late_is_measured_by_the_next_pong_that_tells_the_time() {
    for (pong, expected) in [
        (r#"{"op":"pong","args":["4102444800000"]}"#, "login refused Critical"),
        (r#"{"retCode":0,"op":"pong","data":[4102444800000]}"#, "login refused Critical"),
        (r#"{"op":"pong","args":["later"]}"#, "login refused Transient"),
        (r#"{"op":"pong"}"#, "login refused Transient"),
    ] {
        let (platform, mut state) = (Bybit::private(), State::default());
        meaning(&platform, &mut state, r#"{"success":false,"ret_msg":"error:request expired","op":"auth"}"#);
        assert_eq!(meaning(&platform, &mut state, pong), expected, "{pong}");
        assert_eq!(meaning(&platform, &mut state, pong), "Alive", "once");
    }
}

/// A state with open requests: a subscription of each list, the last of them left if `leaves`.
fn asked(platform: &Bybit, requests: &[&[&str]]) -> State {
    let mut state = State::default();
    for request in requests {
        platform.subscribe(&mut state, request, &Params::new()).expect("a request");
    }
    state
}

#[test]
fn answers_belong_to_their_numbers_or_to_the_first_that_waits() {
    let platform = Bybit::linear();
    for (text, expected) in [
        (r#"{"success":true,"ret_msg":"","conn_id":"c","req_id":"7","op":"subscribe"}"#, "reply 7"),
        (r#"{"success":false,"ret_msg":"error:x","req_id":"7","op":"subscribe"}"#, "refusal 7 Platform"),
        (r#"{"success":true,"ret_msg":"subscribe","op":"subscribe"}"#, r#"confirmed ["a", "b"] rejected [] apart []"#),
        (r#"{"success":true,"req_id":"","op":"subscribe"}"#, r#"confirmed ["a", "b"] rejected [] apart []"#),
        (r#"{"success":false,"ret_msg":"error:no","op":"subscribe"}"#, r#"confirmed [] rejected [] apart ["a", "b"]"#),
        (
            r#"{"success":true,"data":{"failTopics":["a"],"successTopics":["b"]},"type":"COMMAND_RESP"}"#,
            r#"confirmed ["b"] rejected ["a"] apart []"#,
        ),
        (
            r#"{"success":true,"data":{"failTopics":[],"successTopics":["b"]},"type":"COMMAND_RESP"}"#,
            r#"confirmed ["a", "b"] rejected [] apart []"#,
        ),
        (
            r#"{"success":false,"data":{"failTopics":["a"]},"type":"COMMAND_RESP"}"#,
            r#"confirmed [] rejected ["a"] apart ["b"]"#,
        ),
        (r#"{"success":true,"data":7,"type":"COMMAND_RESP"}"#, r#"confirmed ["a", "b"] rejected [] apart []"#),
    ] {
        assert_eq!(meaning(&platform, &mut asked(&platform, &[&["a", "b"], &["c"]]), text), expected, "{text}");
    }
    // In their order, whether they begin or end something.
    let mut state = asked(&platform, &[&["a"], &["b"]]);
    platform.unsubscribe(&mut state, &["a"]).expect("a request");
    let told = |state: &mut State, op: &str| meaning(&platform, state, &format!(r#"{{"success":true,"op":"{op}"}}"#));
    assert_eq!(told(&mut state, "subscribe"), r#"confirmed ["a"] rejected [] apart []"#);
    assert_eq!(told(&mut state, "subscribe"), r#"confirmed ["b"] rejected [] apart []"#);
    assert_eq!(told(&mut state, "unsubscribe"), r#"left ["a"]"#);
    assert_eq!(told(&mut state, "unsubscribe"), "Ignored");
    // Of one topic there is no doubt, and what is subscribed already is.
    for (words, expected) in [("handler not found", r#"rejected ["a"]"#), ("already subscribed", r#"confirmed ["a"]"#)]
    {
        let text = format!(r#"{{"success":false,"ret_msg":"error:{words},topic:a","op":"subscribe"}}"#);
        let told = meaning(&platform, &mut asked(&platform, &[&["a"]]), &text);
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn books_are_followed_in_any_order_of_members_and_nothing_else_is() {
    let (platform, mut state) = (Bybit::linear(), State::default());
    for (text, expected) in [
        (
            r#"{"topic":"orderbook.50.A","type":"delta","data":{"u":6}}"#,
            "orderbook.50.A Hole { expected: 0, found: 6 }",
        ),
        (r#"{"topic":"orderbook.50.A","type":"snapshot","data":{"s":"A","b":[],"u":7}}"#, "orderbook.50.A Restarts"),
        (r#"{"data":{"u":8,"b":[["1","2"]]},"type":"delta","topic":"orderbook.50.A"}"#, "orderbook.50.A Follows"),
        (r#"{"type":"delta","data":{"u":8},"topic":"orderbook.50.A"}"#, "orderbook.50.A Stale"),
        (r#"{"topic":"orderbook.1.A","type":"snapshot","data":{"u":3}}"#, "orderbook.1.A Restarts"),
        (r#"{"topic":"orderbook.1.A","type":"snapshot","data":{"u":3}}"#, "orderbook.1.A Restarts"),
        (
            r#"{"topic":"orderbook.50.A","type":"delta","data":{"u":10}}"#,
            "orderbook.50.A Hole { expected: 9, found: 10 }",
        ),
        (r#"{"topic":"orderbook.50.A","type":"delta","data":{"u":11}}"#, "orderbook.50.A Stale"),
        (r#"{"topic":"orderbook.50.A","type":"delta","data":{"u":1}}"#, "orderbook.50.A Restarts"),
        (r#"{"topic":"orderbook.full.A","type":"delta","data":{"u":5}}"#, "orderbook.full.A Restarts"),
        (r#"{"topic":"orderbook.full.A","type":"delta","data":{"u":6}}"#, "orderbook.full.A Follows"),
        (r#"{"topic":"orderbook.50.A","type":"delta","data":{}}"#, "undecodable"),
        (r#"{"id":"m","topic":"order","creationTime":1,"data":[{"u":77}]}"#, "order Follows"),
        (r#"{"topic":"ord\u0065r","data":[]}"#, "order Follows"),
        (r#"{"topic":"publicTrade.A","type":"snapshot","data":[{"u":"#, "publicTrade.A Follows"),
    ] {
        assert_eq!(meaning(&platform, &mut state, text), expected, "{text}");
    }
}

#[test]
fn answers_of_order_entry_say_whose_they_are_and_what_is_left() {
    let platform = Bybit::trade();
    let header = r#""header":{"X-Bapi-Limit":"10","X-Bapi-Limit-Status":"9","X-Bapi-Limit-Reset-Timestamp":"1700000001200","Timenow":"1700000000205"}"#;
    let resets = Some(std::time::Duration::from_millis(995));
    for (op, header, expected, news) in [
        ("order.create", header, "reply 5", Some((0, 18, resets))),
        ("order.cancel-batch", header, "reply 5", Some((2, 18, resets))),
        ("order.create", r#""header":{"X-Bapi-Limit":"10"}"#, "reply 5", None),
        ("order.create", r#""header":null"#, "reply 5", None),
    ] {
        let (mut state, text) = (
            State::default(),
            format!(r#"{{"reqId":"5","retCode":0,"retMsg":"OK","op":"{op}","data":{{}},{header}}}"#),
        );
        assert_eq!(meaning(&platform, &mut state, &text), expected, "{text}");
        let expected =
            news.map(|(pool, remaining, resets)| LimitNews::Remaining { pool: Some(pool), remaining, resets });
        assert_eq!(platform.limit_news(&mut state), expected, "{text}");
        assert_eq!(platform.limit_news(&mut state), None, "once");
    }
    for (text, expected) in [
        (r#"{"reqId":"5","retCode":110001,"retMsg":"no","op":"order.cancel"}"#, "refusal 5 Platform"),
        (r#"{"reqId":"5","retCode":10006,"retMsg":"no","op":"order.cancel"}"#, "refusal 5 RateLimited"),
        (r#"{"reqId":"5","retCode":10003,"retMsg":"too many sessions","op":"order.cancel"}"#, "refusal 5 Transient"),
        (r#"{"retCode":10005,"retMsg":"permission denied","op":"order.create"}"#, "error Platform"),
        (r#"{"retCode":10024,"retMsg":"region","op":"order.create"}"#, "error Critical"),
    ] {
        assert_eq!(meaning(&platform, &mut State::default(), text), expected, "{text}");
    }
}

#[test]
fn what_is_sent_is_what_the_endpoint_takes() {
    let order = Bybit::trade().recv_window(700).request(5, "order.create", Some(r#"{"a":1}"#)).expect("a request");
    let order: Value = serde_json::from_str(order.text().expect("text")).expect("JSON");
    assert_eq!((&order["reqId"], &order["op"]), (&"5".into(), &"order.create".into()));
    assert_eq!(
        (&order["args"], &order["header"]["X-BAPI-RECV-WINDOW"]),
        (&serde_json::json!([{"a": 1}]), &"700".into())
    );
    let sent: u64 = order["header"]["X-BAPI-TIMESTAMP"].as_str().and_then(|sent| sent.parse().ok()).expect("a time");
    assert!(sent > 1_700_000_000_000, "{sent}");
    for (platform, path) in [
        (Bybit::default(), "wss://stream.bybit.com/v5/public/linear"),
        (Bybit::spot().at(Bybit::TESTNET), "wss://stream-testnet.bybit.com/v5/public/spot"),
        (Bybit::inverse(), "wss://stream.bybit.com/v5/public/inverse"),
        (Bybit::option(), "wss://stream.bybit.com/v5/public/option"),
        (Bybit::private().at(Bybit::DEMO), "wss://stream-demo.bybit.com/v5/private"),
        (Bybit::trade(), "wss://stream.bybit.com/v5/trade"),
    ] {
        let dial = platform.dial(&mut State::default());
        assert!(matches!(&dial, super::super::Dial::Url(url) if url == path), "not {path}");
    }
    // Longer heartbeats than the venue takes are brought down to its 20 s.
    let config = crate::config::Config::resolve(
        &[(Layer::Profile, crate::config::Patch::new())],
        &<Bybit as crate::PlatformSpec>::SPEC.bounds,
    );
    let interval = config.expect("valid").heartbeat.interval;
    assert!(interval.is_some_and(|interval| interval.as_secs() <= 20), "{interval:?}");
}

#[test]
fn codes_call_for_what_the_venue_means_by_them() {
    let platform = Bybit::trade();
    for (class, codes) in [
        (ErrorClass::RateLimited, &[10_006, 10_403, 10_429, 20_003][..]),
        (ErrorClass::Transient, &[10_000, 10_016, 10_019]),
        (ErrorClass::Authentication, &[10_003, 10_004, 10_007, 10_009, 10_010, 33_004, -2_015]),
        (ErrorClass::Critical, &[10_024, 10_027, 10_028]),
        (ErrorClass::Platform, &[10_001, 10_002, 10_005, 10_014, 10_029, 10_404, 20_006, 110_001, 110_007, 170_131]),
    ] {
        for code in codes {
            assert_eq!(platform.error_class(*code), class, "{code}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"(\{"(topic|op|data|type|success|retCode|args)":("orderbook\.1\.A"|"pong"|"auth"|\{"u":[0-9]{0,22}\}|[0-9-]{0,3}|\[\]|true)[,}]?){0,4}[\[\]{}",:\\a0 \u{e9}-]{0,20}"#) {
        for platform in [Bybit::linear(), Bybit::trade()] {
            meaning(&platform, &mut asked(&platform, &[&["a", "b"]]), &text);
        }
    }
}
