//! A venue that is described and not programmed, by a description that says nearly everything that one can.

#![no_main]

use fuzz::{Peer, lines};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, nova::Platform)]
#[nova(
    name = "described",
    url = "wss://{host}/v5/{category}",
    channel = "/arg/channel",
    payload = "/data",
    id = "/id",
    result = "/result",
    subscribe(send = r#"{"op":"subscribe","args":{channels},"with":{params}}"#, each = r#"{"channel":"{channel}","in":"{category}"}"#),
    unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
    ack(at = "/event", is = ["subscribe", "again"], channel = "/arg/channel"),
    error(at = "/event", is = "error", code = "/code", message = "/msg", channel = "/arg/channel"),
    error(at = "/code", not = [0, "0"]),
    login(send = r#"{"op":"login","key":{api_key}}"#, ack(at = "/event", is = "login"), life = "/expires"),
    ignore(text = "pong"),
    answer(at = "/ping", send = r#"{"pong":{value},"as":"{value}"}"#),
    sequence(rule = "first_last", at = "/data/u", first = "/data/U", snapshot(at = "/action", is = "snapshot")),
    ping(every = "15s", text = "ping")
)]
struct Described {
    host: String,
    category: u8,
}

const TOPICS: &[(&str, &str)] = &[("book", "{}"), ("trades", "{}")];

fuzz_target!(|data: &[u8]| {
    let described = Described { host: "ws.described.test".to_owned(), category: 7 };
    Peer::new(&described, TOPICS, |_| {}).play(lines(data));
});
