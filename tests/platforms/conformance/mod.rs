//! Every platform passes the one suite, and platforms with a fault do not.

mod broken;
mod bybit;
mod deribit;
mod derived;
mod discord;
mod ethereum;
mod faulty;
mod plain;
mod slack;

use nova::{
    Credentials, Frame,
    test::{ServerSide, platform_conformance},
};
use serde_json::Value;

/// Cases of a login, for servers that know none.
const LOGIN: [&str; 6] = [
    "log in",
    "wrong credentials",
    "login renewed",
    "session expired, told in an answer",
    "session expired, told unasked",
    "drop while logging in",
];

/// Cases of topics, for servers that have none.
const TOPICS: [&str; 6] = [
    "subscribe",
    "partial reject",
    "unsubscribe",
    "restore exactly once",
    "drop while restoring",
    "drop while unsubscribing",
];

/// The platform passes every case but these, of which its server has nothing.
#[track_caller]
fn conforms<S: ServerSide>(server: impl Fn() -> S, not_applicable: &[&[&str]]) {
    let conformance = platform_conformance(server);
    let mut found: Vec<_> = conformance.not_applicable().map(|(case, _)| case).collect();
    let mut expected = not_applicable.concat();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{conformance}");
}

/// A message as JSON.
fn json(message: &Frame) -> Value {
    serde_json::from_slice(message.payload()).unwrap_or_default()
}

fn text(message: &Value) -> Frame {
    Frame::text(message.to_string())
}

/// The strings of an array.
fn strings(array: &Value) -> Vec<String> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn key() -> Credentials {
    Credentials::key("nova", "nova-secret")
}
