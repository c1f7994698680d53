//! Behaviour of the platform over Deribit's messages.

mod feed;
mod login;
mod topics;

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Bounds, Clock, ErrorClass, Patch,
    codec::{Codec, Json},
    frame::Frame,
    platform::{Continuity, PlatformSpec},
};

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }
}

fn context() -> LoginContext<'static> {
    LoginContext::new(&Fixed, 36)
}

/// What a frame was taken for, in a line.
fn told(state: &mut State, frame: &Frame) -> String {
    let text = Json.open(frame).ok();
    match Deribit::new().receive(state, Incoming::new(frame, text.as_deref())) {
        Ok(Inbound::Message { envelope, continuity }) => {
            let data: Result<Value> = envelope.data(&Json);
            let data = data.map_or("?".to_owned(), |data| data.to_string());
            let continuity = match continuity {
                Continuity::Follows => String::new(),
                other => format!(" {other:?}"),
            };
            format!("{} {data}{continuity}", envelope.channel().unwrap_or("-"))
        }
        Ok(Inbound::Reply { id, result }) => format!("reply {id} {}", result.map_or("refused", |_| "accepted")),
        Ok(Inbound::Reflex(outgoing)) => format!("reflex {:?} {:?}", outgoing.method(), outgoing.urgency()),
        Ok(Inbound::Alive) => "alive".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("undecodable {error}"),
    }
}

fn says(text: &str) -> String {
    told(&mut State::default(), &Frame::text(text))
}

#[test]
fn r69_messages_are_told_apart() {
    for (text, expected) in [
        (
            r#"{"jsonrpc":"2.0","id":7,"result":{"version":"9.9.9"},"usIn":1700000000000100,"testnet":true}"#,
            "reply 7 accepted",
        ),
        (
            r#"{"jsonrpc":"2.0","id":8,"error":{"code":-32602,"message":"Invalid params"},"usIn":"1"}"#,
            "reply 8 refused",
        ),
        (r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}"#, "alive"),
        (
            r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#,
            "reflex Some(\"public/test\") Control",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.X.100ms","data":[]}}"#,
            "trades.X.100ms []",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"subscription","params":{"label":"l","data":[1],"channel":"trades.X.100ms"}}"#,
            "trades.X.100ms [1]",
        ),
        (r#"{"params":{"data":{"a":"}"},"channel":"quote.X"},"method":"subscription"}"#, r#"quote.X {"a":"}"}"#),
        (r#"{"method":"subscription","params":{"channel":"quote.\u0058","data":2}}"#, "quote.X 2"),
        (r#"{"method":"news","params":{"a":1}}"#, r#"news {"a":1}"#),
        (r#"{"method":"ask","id":3}"#, "reflex None Control"),
    ] {
        assert_eq!(says(text), expected, "{text}");
    }
}

#[test]
fn a_notification_is_routed_without_touching_its_payload() {
    let cut = r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.X.raw","data":{"#;
    let mut state = State::default();
    for _ in 0..3 {
        assert_eq!(told(&mut state, &Frame::text(cut)), "ticker.X.raw ?");
    }
    // The same beginning, and another channel, order or kind behind it.
    for (text, expected) in [
        (r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"a","label":"x","data":1}}"#, "a 1"),
        (r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel": "b" , "data" : 2}}"#, "b 2"),
        (r#"{"jsonrpc":"2.0","method":"subscription","params":{"data":3,"channel":"c"}}"#, "c 3"),
        (r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}"#, "alive"),
        (r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"d","data":4}}"#, "d 4"),
    ] {
        assert_eq!(told(&mut state, &Frame::text(text)), expected, "{text}");
    }
}

#[test]
fn r73_broken_messages_are_undecodable() {
    let notification = |params: &str| format!(r#"{{"method":"subscription","params":{params}}}"#);
    for text in [
        notification("5"),
        notification("{}"),
        notification(r#"{"channel":"a"}"#),
        notification(r#"{"data":1}"#),
        notification(r#"{"channel":5,"data":1}"#),
        notification(r#"{"channel":"\q","data":1}"#),
        notification(&format!(r#"{{"data":{}"#, "[".repeat(100_000))),
        notification(r#"{"channel":"book.X.raw","data":{"type":"change","change_id":NaN,"prev_change_id":1}}"#),
        notification(
            r#"{"channel":"book.X.raw","data":{"type":"change","change_id":99999999999999999999,"prev_change_id":1}}"#,
        ),
        notification(r#"{"channel":"book.X.raw","data":[]}"#),
        r#"{"method":"subscription"}"#.to_owned().replace("subscription", "sub\\"),
        "{".repeat(100_000),
        "NaN".to_owned(),
        String::new(),
    ] {
        assert!(says(&text).starts_with("undecodable"), "{}: {}", &text[..text.len().min(90)], says(&text));
    }
    assert!(told(&mut State::default(), &Frame::binary(vec![0xff, 0xfe])).contains("not text"));
    let marked = "\u{feff}{\"method\":\"subscription\",\"params\":{\"channel\":\"a\",\"data\":1}}\n";
    assert_eq!(says(marked), "a 1");
    assert_eq!(told(&mut State::default(), &Frame::binary(marked.as_bytes().to_vec())), "a 1");
}

fn book(kind: &str, previous: Option<u64>, id: u64) -> Frame {
    let data =
        json!({"type": kind, "prev_change_id": previous, "change_id": id, "bids": [["new", 1.5, 2.0]], "asks": []});
    let params = json!({"channel": "book.X.100ms", "data": data});
    Frame::text(json!({"jsonrpc": "2.0", "method": "subscription", "params": params}).to_string())
}

#[test]
fn r74_a_book_with_a_hole_stays_closed_until_its_snapshot() {
    let mut state = State::default();
    let mut after = |frame: Frame| told(&mut state, &frame).rsplit_once('}').unwrap_or_default().1.trim().to_owned();
    assert_eq!(after(book("snapshot", None, 5001)), "Restarts");
    assert_eq!(after(book("change", Some(5001), 5007)), "");
    assert_eq!(after(book("change", Some(5001), 5007)), "Stale");
    let mut told_hole = told(&mut state, &book("change", Some(5010), 5011));
    assert!(told_hole.split_off(told_hole.len() - 40).ends_with("Hole { expected: 5007, found: 5010 }"));
    let mut after = |frame: Frame| told(&mut state, &frame).rsplit_once('}').unwrap_or_default().1.trim().to_owned();
    assert_eq!(after(book("change", Some(5011), 5012)), "Stale");
    assert_eq!(after(book("snapshot", None, 6000)), "Restarts");
    Deribit::new().unsubscribe(&mut state, &["book.X.100ms"]).unwrap();
    assert!(told(&mut state, &book("change", Some(6000), 6001)).ends_with("Stale"));
    assert!(told(&mut state, &book("snapshot", None, 7000)).ends_with("Restarts"));
    Deribit::new().connected(&mut state);
    assert!(told(&mut state, &book("change", Some(7000), 7001)).ends_with("found: 7000 }"));
    let grouped = r#"{"method":"subscription","params":{"channel":"book.X.none.10.100ms","data":{"change_id":1}}}"#;
    assert!(!told(&mut state, &Frame::text(grouped)).contains("Restarts"));
}

#[test]
fn a_connection_is_prepared_with_what_was_asked_for() {
    let calls = |deribit: Deribit, interval: &str, logged_in| {
        let patch = Patch::new().set("heartbeat.interval", interval).unwrap();
        let config = Config::resolve(&[(crate::Layer::Builder, patch)], &Bounds::new()).unwrap();
        let calls = deribit.prepare(&mut State::default(), &config, logged_in);
        let calls = calls.iter().map(|call| format!("{} {}", call.method().unwrap(), call.text().unwrap()));
        calls.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(calls(Deribit::new(), "15s", true), r#"public/set_heartbeat {"interval":15}"#);
    assert_eq!(calls(Deribit::new(), "2s", false), r#"public/set_heartbeat {"interval":10}"#);
    assert_eq!(calls(Deribit::new().cancel_on_disconnect(), "off", false), "");
    let expected = r#"private/enable_cancel_on_disconnect {"scope":"connection"}"#;
    assert_eq!(calls(Deribit::new().cancel_on_disconnect(), "off", true), expected);
}

fn refusal(code: i64) -> Error {
    json_rpc::platform_error(&json!({"code": code, "message": "x"}).to_string(), |code| {
        Deribit::new().error_class(code)
    })
}

#[test]
fn r77_codes_call_for_what_deribit_means_by_them() {
    use ErrorClass::{Authentication, Critical, Platform, RateLimited, Transient};
    for (class, codes) in [
        (RateLimited, &[10_028, 10_047, 10_066, 12_003, 12_998, 13_780, 13_903][..]),
        (Transient, &[10_040, 10_041, 10_048, 10_050, 11_051, 11_056, 11_094, 13_025, 13_028, 13_503, 13_888]),
        (Authentication, &[10_000, 13_004, 13_009]),
        (Critical, &[11_098, 12_005]),
        (Platform, &[10_001, 10_009, 11_029, 13_021, 13_666, 13_778, -32_602, -32_600, 424_242]),
    ] {
        for code in codes {
            assert_eq!(refusal(*code).class(), class, "{code}");
        }
    }
}

proptest! {
    #[test]
    fn r73_a_message_cut_or_changed_anywhere_does_not_panic(cut in 0_usize..220, byte in 0x20_u8..0x7f) {
        let frame = book("change", Some(5001), 5007);
        let text = frame.as_text().unwrap();
        let cut = cut.min(text.len());
        let mut changed = text.as_bytes().to_vec();
        if let Some(at) = changed.get_mut(cut) {
            *at = byte;
        }
        let mut state = State::default();
        told(&mut state, &book("snapshot", None, 5001));
        told(&mut state, &Frame::text(&text[..cut]));
        told(&mut state, &Frame::binary(changed));
    }

    #[test]
    fn a_route_that_is_remembered_changes_nothing(
        messages in prop::collection::vec((0_usize..4, "[a-zA-Z.\\\\\"]{0,8}", any::<i64>()), 0..12),
    ) {
        let mut state = State::default();
        for (order, channel, data) in messages {
            let (channel, label) = (json!(channel), json!({"channel": "no"}));
            let params = match order {
                0 => format!(r#"{{"channel":{channel},"data":{data}}}"#),
                1 => format!(r#"{{"data":{data},"channel":{channel}}}"#),
                2 => format!(r#"{{"label":{label},"channel":{channel},"data":{data}}}"#),
                _ => format!(r#"{{"channel":{channel},"label":{label},"data":{data}}}"#),
            };
            let text = format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{params}}}"#);
            prop_assert_eq!(told(&mut state, &Frame::text(&*text)), says(&text));
        }
    }
}

#[test]
fn every_request_takes_from_its_own_pool() {
    for (method, pool, units) in [
        (None, "requests", 500),
        (Some("public/test"), "requests", 500),
        (Some("public/unsubscribe"), "requests", 500),
        (Some("private/cancel_withdrawal"), "requests", 500),
        (Some("private/subscribe"), "subscribe", 3_000),
        (Some("public/get_instruments"), "get_instruments", 10_000),
        (Some("private/get_transaction_log"), "get_transaction_log", 10_000),
        (Some("private/buy"), "matching engine", 1),
        (Some("private/cancel_all_by_currency"), "matching engine", 1),
    ] {
        let outgoing = method.map_or(Outgoing::from("text"), Outgoing::call_bare);
        let (index, cost) = Deribit::new().cost(&outgoing);
        assert_eq!((Deribit::SPEC.pools[index].name, cost), (pool, units), "{method:?}");
    }
}
