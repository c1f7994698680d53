//! Behaviour of the platform over the messages of its convention.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::codec::Codec;

fn node() -> JsonRpc {
    JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription")
}

/// What a frame was taken for, in a line: channel and payload, or what else it is.
fn told(platform: &JsonRpc, state: &mut State, frame: &Frame) -> String {
    let text = Json.open(frame).ok();
    match platform.receive(state, Incoming::new(frame, text.as_deref())) {
        Ok(Inbound::Message { envelope, .. }) => {
            let data: Result<Value> = envelope.data(&Json);
            format!("{} {}", envelope.channel().unwrap_or("-"), data.map_or("?".to_owned(), |data| data.to_string()))
        }
        Ok(Inbound::Reply { id, result }) => format!("reply {id} {}", result.unwrap_or("refused")),
        Ok(Inbound::Subscription(response)) => format!("rejected {:?}", response.rejected[0].0),
        Ok(Inbound::Ignored) => "ignored".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("undecodable {error}"),
    }
}

fn pushed(id: &Value, payload: &Value) -> Frame {
    let params = json!({"subscription": id, "result": payload});
    Frame::text(json!({"jsonrpc": "2.0", "method": "eth_subscription", "params": params}).to_string())
}

/// Subscribes a topic to which the server gives this number.
fn subscribe(platform: &JsonRpc, state: &mut State, topic: &str, id: &str) -> SubscriptionResponse {
    platform.subscribe(state, &[topic], &Params::new()).unwrap();
    platform.subscribed(state, &[topic], Ok(id))
}

#[test]
fn notifications_come_on_the_channel_of_their_method() {
    let (platform, mut state) = (JsonRpc::new(), State::default());
    for (text, expected) in [
        (
            r#"{"jsonrpc":"2.0","method":"aria2.onDownloadStart","params":[{"gid":"1"}]}"#,
            r#"aria2.onDownloadStart [{"gid":"1"}]"#,
        ),
        (r#"{"params":[1],"method":"a\"b"}"#, "a\"b [1]"),
        (r#"{"method":"bare"}"#, "bare ?"),
        (
            r#"{"method":"eth_subscription","params":{"subscription":"0x1","result":1}}"#,
            r#"eth_subscription {"result":1,"subscription":"0x1"}"#,
        ),
    ] {
        assert_eq!(told(&platform, &mut state, &Frame::text(text)), expected);
        assert_eq!(told(&platform, &mut state, &Frame::binary(text.as_bytes().to_vec())), expected, "binary");
        assert_eq!(told(&platform, &mut state, &Frame::text(format!("\u{feff}{text}\n"))), expected, "with a mark");
    }
}

#[test]
fn a_topic_keeps_its_name_whatever_number_it_has() {
    let (platform, mut state) = (node(), State::default());
    for id in [json!("0x9c"), json!("a\"b"), json!(5)] {
        platform.connected(&mut state);
        let response = subscribe(&platform, &mut state, "newHeads", &id.to_string());
        assert_eq!((response.confirmed, response.rejected.len()), (vec!["newHeads".to_owned()], 0));
        assert_eq!(told(&platform, &mut state, &pushed(&id, &json!({"n": 1}))), r#"newHeads {"n":1}"#);
        let escaped = r#"{"method":"eth_subscription","params":{"result":[2],"subscription":"\u0030x9c"}}"#;
        let expected = if id == json!("0x9c") { "newHeads [2]" } else { "ignored" };
        assert_eq!(told(&platform, &mut state, &Frame::text(escaped)), expected);
    }
    assert_eq!(told(&platform, &mut state, &pushed(&json!("5"), &json!(1))), "ignored", "5 and \"5\" are two");
}

#[test]
fn each_element_of_a_batch_is_a_message_of_its_own() {
    let (platform, mut state) = (node(), State::default());
    subscribe(&platform, &mut state, "a", "1");
    let batch = r#" [ {"id":2,"result":[1]} , {"id":1,"error":{"code":1,"message":""}},
        {"method":"eth_subscription","params":{"subscription":1,"result":5}}, 7, [{"id":3,"result":0}] ] "#;
    assert_eq!(told(&platform, &mut state, &Frame::text(batch)), "ignored");
    let mut heard = Vec::new();
    while let Some(frame) = platform.held(&mut state) {
        heard.push(told(&platform, &mut state, &frame));
    }
    assert_eq!(heard[..3], ["reply 2 [1]", "reply 1 refused", "a 5"]);
    assert!(heard[3].starts_with("undecodable"), "{heard:?}");
    assert_eq!(heard[4..], ["ignored", "reply 3 0"], "a batch in a batch is one, too");
    let requests = [json_rpc::request(1, "m", None), json_rpc::request(2, "n", Some("[]"))];
    assert_eq!(
        platform.batch(&requests).unwrap().text(),
        Some(r#"[{"jsonrpc":"2.0","id":1,"method":"m"},{"jsonrpc":"2.0","id":2,"method":"n","params":[]}]"#)
    );
}

#[test]
fn what_is_left_of_a_batch_goes_with_its_connection() {
    let (platform, mut state) = (node(), State::default());
    told(&platform, &mut state, &Frame::text(r#"[{"id":2,"result":1}]"#));
    platform.connected(&mut state);
    assert!(platform.held(&mut state).is_none());
}

#[test]
fn subscribing_names_one_topic_and_what_else_was_given() {
    let (platform, mut state) = (node(), State::default());
    let call = platform.subscribe(&mut state, &["logs"], &Params::new()).unwrap();
    assert_eq!((call.method(), call.text()), (Some("eth_subscribe"), Some(r#"["logs"]"#)));
    let params = json!({"address": "0x1"}).as_object().cloned().unwrap();
    let call = platform.subscribe(&mut state, &["logs"], &params).unwrap();
    assert_eq!(call.text(), Some(r#"["logs",{"address":"0x1"}]"#));
    assert!(platform.subscribe(&mut state, &["a", "b"], &params).is_err());
    let without = JsonRpc::new().subscribe(&mut state, &["logs"], &params).unwrap_err();
    assert!(without.to_string().contains("JsonRpc::subscriptions"), "{without}");
}

#[test]
fn a_message_before_its_number_is_known_is_not_lost() {
    let (platform, mut state) = (node(), State::default());
    platform.subscribe(&mut state, &["a"], &Params::new()).unwrap();
    platform.subscribe(&mut state, &["b"], &Params::new()).unwrap();
    for (id, payload) in [(1, "a1"), (2, "b1"), (1, "a2"), (3, "nobody's")] {
        assert_eq!(told(&platform, &mut state, &pushed(&json!(id), &json!(payload))), "ignored");
    }
    assert!(platform.held(&mut state).is_none());
    let mut after = |topic: &str, reply| {
        platform.subscribed(&mut state, &[topic], reply);
        let mut told_now = Vec::new();
        while let Some(frame) = platform.held(&mut state) {
            told_now.push(told(&platform, &mut state, &frame));
        }
        told_now
    };
    assert_eq!(after("a", Ok("1")), ["a \"a1\"", "a \"a2\""]);
    assert_eq!(after("b", Ok("2")), ["b \"b1\""]);
    assert!(state.is_empty_of_held());
}

#[test]
fn what_is_kept_is_bounded_and_what_is_over_is_told() {
    let (platform, mut state) = (node(), State::default());
    platform.subscribe(&mut state, &["a"], &Params::new()).unwrap();
    let big = pushed(&json!(1), &json!("x".repeat(300_000)));
    let heard: Vec<_> = (0..5).map(|_| told(&platform, &mut state, &big)).collect();
    assert_eq!(heard[..3], ["ignored"; 3]);
    assert!(heard[3].contains("are dropped") && heard[4] == "ignored", "{heard:?}");
    assert!(platform.held(&mut state).is_none() && state.is_empty_of_held());
    assert_eq!(platform.subscribed(&mut state, &["a"], Ok("1")).confirmed, ["a"], "the answer is good all the same");
}

#[test]
fn leaving_a_topic_sends_its_number_and_ends_its_messages() {
    let (platform, mut state) = (node(), State::default());
    subscribe(&platform, &mut state, "a", r#""0x1""#);
    let call = platform.unsubscribe(&mut state, &["a"]).unwrap();
    assert_eq!((call.method(), call.text()), (Some("eth_unsubscribe"), Some(r#"["0x1"]"#)));
    assert_eq!(told(&platform, &mut state, &pushed(&json!("0x1"), &json!(1))), "ignored");
    assert_eq!(platform.subscribed(&mut state, &["a"], Ok("true")).confirmed, ["a"]);
    assert!(platform.unsubscribe(&mut state, &["a"]).unwrap_err().to_string().contains("no number"));
    assert_eq!(subscribe(&platform, &mut state, "a", "2").confirmed, ["a"]);
}

#[test]
fn answers_that_number_nothing_are_refusals() {
    let (platform, mut state) = (node(), State::default());
    subscribe(&platform, &mut state, "a", "1");
    for (id, why) in [("null", "no number"), ("{}", "no number"), ("1", "another topic")] {
        let response = subscribe(&platform, &mut state, "b", id);
        assert!(response.confirmed.is_empty() && response.rejected[0].1.to_string().contains(why), "{id}");
    }
    assert_eq!(told(&platform, &mut state, &pushed(&json!(1), &json!(1))), "a 1");
}

#[test]
fn the_server_ends_a_subscription_with_an_error() {
    let (platform, mut state) = (node(), State::default());
    subscribe(&platform, &mut state, "a", "1");
    let end = r#"{"method":"eth_subscription","params":{"subscription":1,"error":{"code":-32005,"message":"slow"}}}"#;
    assert_eq!(told(&platform, &mut state, &Frame::text(end)), "rejected \"a\"");
    assert_eq!(told(&platform, &mut state, &Frame::text(end)), "ignored");
}

#[test]
fn r73_broken_notifications_are_undecodable() {
    let (platform, mut state) = (node(), State::default());
    for params in
        ["5", "{}", r#"{"subscription":1}"#, r#"{"result":1}"#, r#"{"subscription":NaN,"result":1}"#, "{\"subs"]
    {
        let text = format!(r#"{{"method":"eth_subscription","params":{params}}}"#);
        assert!(told(&platform, &mut state, &Frame::text(text)).starts_with("undecodable"), "{params}");
    }
    assert!(told(&platform, &mut state, &Frame::binary(vec![0xff])).contains("not text"));
}

#[test]
fn r77_codes_call_for_what_the_server_means_by_them() {
    let own = JsonRpc::new().codes(&[(-32001, ErrorClass::Authentication), (-32005, ErrorClass::Transient)]);
    for (code, usual, theirs) in [
        (-32603, ErrorClass::Transient, ErrorClass::Transient),
        (-32005, ErrorClass::RateLimited, ErrorClass::Transient),
        (-32009, ErrorClass::Transient, ErrorClass::Transient),
        (-32001, ErrorClass::Platform, ErrorClass::Authentication),
        (-32601, ErrorClass::Platform, ErrorClass::Platform),
        (3, ErrorClass::Platform, ErrorClass::Platform),
    ] {
        assert_eq!((JsonRpc::new().error_class(code), own.error_class(code)), (usual, theirs), "{code}");
    }
}

proptest! {
    #[test]
    fn a_route_that_is_remembered_changes_nothing(
        messages in prop::collection::vec((0_usize..6, 0_usize..3, any::<i8>()), 0..16),
    ) {
        let platform = node();
        let subscribed = || {
            let mut state = State::default();
            for (topic, id) in [("a", "\"0x1\""), ("b", "5")] {
                subscribe(&platform, &mut state, topic, id);
            }
            state
        };
        let mut state = subscribed();
        for (form, id, payload) in messages {
            let id = ["\"0x1\"", "5", "\"left\""][id];
            let params = match form {
                0 => format!(r#"{{"result":{payload},"subscription":{id}}}"#),
                1 => format!(r#"{{"subscription":{id},"error":{{"code":{payload}}}}}"#),
                2 => format!(r#"{{"subscription":{id},"n":1,"result":{payload}}}"#),
                _ => format!(r#"{{"subscription":{id},"result":{payload}}}"#),
            };
            let text = match form {
                3 => format!(r#"{{"method":"other","params":{params}}}"#),
                4 => format!(r#"{{"params":{params},"method":"eth_subscription"}}"#),
                _ => format!(r#"{{"method":"eth_subscription","params":{params}}}"#),
            };
            let frame = Frame::text(&*text);
            let mut fresh = subscribed();
            fresh.topics.clone_from(&state.topics);
            prop_assert_eq!(told(&platform, &mut state, &frame), told(&platform, &mut fresh, &frame), "{}", text);
        }
    }
}
