//! The harness finds what it is there to find: each fault of a client fails the scenario, and a client without one passes it.

use std::time::Duration;

use nova::test::{MockServer, Scenario};
use serde_json::{Value, json};

use crate::{
    faulty::{BACKOFF, Client, Fault, HEARTBEAT, RETRY_AFTER},
    support::{failing, playing},
};

const SOON: Duration = Duration::from_millis(100);

fn done(request: &Value) -> Value {
    json!({"id": request["id"], "result": "ok"})
}

/// What a client of this venue does first on each connection.
fn restored() -> Scenario {
    Scenario::new()
        .connect_success()
        .expect(json!({"op": "login"}))
        .within(SOON)
        .reply_with(done)
        .expect(json!({"op": "subscribe", "topics": ["a"]}))
        .within(SOON)
        .reply_with(done)
}

/// Not before so long, and not much later.
fn comes_back_after(wait: Duration) -> Scenario {
    Scenario::new().expect_reconnect().not_before(wait).within(wait + SOON)
}

fn venue() -> Scenario {
    restored()
        .expect(json!({"op": "order"}))
        .within(SOON)
        .ping("there?")
        .expect_pong()
        .within(SOON)
        .send_json(json!({"ask": "alive"}))
        .expect(json!({"alive": true}))
        .within(SOON)
        .expect(json!({"op": "heartbeat"}))
        .within(HEARTBEAT + SOON)
        .disconnect(1000)
        .include(comes_back_after(BACKOFF))
        .reject(503, &[("Retry-After", "7")])
        .include(comes_back_after(RETRY_AFTER))
        .include(restored())
        .delay(SOON)
        .ping("still?")
        .expect_pong()
        .within(SOON)
}

fn meets(fault: Option<Fault>) -> MockServer {
    let server = playing(venue());
    tokio::spawn(Client::new(server.dialer(), fault).run());
    server
}

#[tokio::test(start_paused = true)]
async fn a_client_without_fault_passes() {
    meets(None).finished().await;
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_caught_and_named() {
    let table = [
        (Fault::NoPong, "expected: a pong with \"there?\" within 100ms\n  came:     nothing\n"),
        (Fault::WrongPong, "expected: a pong with \"there?\" within 100ms"),
        (
            Fault::DoubleSubscribe,
            "expected: JSON with {\"op\":\"order\"}\n  came:     text {\"id\":2,\"op\":\"subscribe\"",
        ),
        (
            Fault::LoginAfterSubscribe,
            "expected: JSON with {\"op\":\"login\"}\n  came:     text {\"id\":2,\"op\":\"subscribe\"",
        ),
        (Fault::LostReply, "expected: JSON with {\"alive\":true} within 100ms\n  came:     nothing\n"),
        (Fault::NoHeartbeat, "expected: JSON with {\"op\":\"heartbeat\"} within 10.1s\n  came:     nothing\n"),
        (
            Fault::ForgetsTopics,
            "expected: JSON with {\"op\":\"subscribe\",\"topics\":[\"a\"]} within 100ms\n  came:     nothing\n",
        ),
        (Fault::RepeatsOrder, "came:     text {\"id\":3,\"op\":\"order\"}"),
        (Fault::ReconnectsTooEarly, "expected: a reconnect not before 1s\n  came:     another connection attempt\n"),
        (Fault::NeverReconnects, "expected: a reconnect within 1.1s\n  came:     nothing\n"),
        (Fault::IgnoresRetryAfter, "expected: a reconnect not before 7s\n  came:     another connection attempt\n"),
        (Fault::IgnoresClose, "expected: an answer to the close, or an end, within 10s\n  came:     nothing\n"),
        (Fault::NoMask, "came:     a frame without a mask\n"),
    ];
    for (fault, words) in table {
        let report = failing(meets(Some(fault))).await;
        assert!(report.contains(words), "{fault:?}: {report}");
        println!("{fault:?} is caught");
    }
}
