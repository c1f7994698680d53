//! Calls to the local venue: answers, the venue's errors by their class, and outcomes that stay unknown.

use std::time::Duration;

use nova::{Error, ErrorClass, Outcome, State, test::venue::Deribit};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{login, order, venue};

#[tokio::test(start_paused = true)]
async fn errors_reach_their_caller_with_their_class_and_harm_nobody_else() {
    let (venue, dialer) = venue(Deribit::builder().rights("account:read trade:read"));
    let desk = login(dialer).await.expect("ready");
    for (method, params, expected) in [
        ("public/nothing", json!({}), -32_601),
        ("public/ticker", json!({}), -32_602),
        ("public/ticker", json!({ "instrument_name": "DOGE-PERPETUAL" }), 10_020),
        ("public/test", json!({ "expected_result": "exception" }), 11_050),
        ("public/set_heartbeat", json!({ "interval": 1 }), -32_602),
        ("private/buy", order(), 13_021),
    ] {
        let error = desk.call::<Value>(method, params).await.expect_err(method);
        let Error::Platform { code, class, message, .. } = &error else { panic!("{method}: {error:?}") };
        assert_eq!((*code, *class), (expected, ErrorClass::Platform), "{method}");
        assert!(!message.is_empty() && error.to_string().contains(&**message), "{error}");
    }
    let parameter = desk.call::<Value>("public/ticker", json!({})).await.expect_err("incomplete");
    let Error::Platform { data: Some(data), .. } = &parameter else { panic!("{parameter:?}") };
    assert!(data.contains("instrument_name"), "the venue's details are kept: {data}");
    assert_eq!((desk.state(), venue.connected()), (State::Ready { missing: 0 }, 1));
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_not_there_is_the_callers_error() {
    let (_venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let placed: Value = desk.call("private/buy", order()).await.expect("placed");
    let id = json!({ "order_id": placed["order"]["order_id"] });
    desk.call::<Value>("private/cancel", &id).await.expect("cancelled");
    let again = desk.call::<Value>("private/cancel", &id).await.expect_err("gone");
    assert!(matches!(again, Error::Platform { code: 10_004, class: ErrorClass::Platform, .. }), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_leaves_the_outcome_unknown() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let asked = Instant::now();
    venue.drop_next_reply();
    let lost = desk.call::<Value>("private/buy", order()).await.expect_err("no answer");
    assert!(matches!(lost, Error::Timeout { outcome: Some(Outcome::Unknown), .. }), "{lost:?}");
    assert_eq!(asked.elapsed().as_secs(), 30, "the venue's own suggestion");
    assert_eq!(venue.open_orders().len(), 1, "it was carried out, once");
    assert_eq!(venue.requests("private/buy").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn slow_answers_find_their_callers() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    venue.delay_replies(Duration::from_secs(3));
    let (time, status, ticker) = tokio::join!(
        desk.call::<u64>("public/get_time", json!({})),
        desk.call::<Value>("public/status", json!({})),
        desk.call::<Value>("public/ticker", json!({ "instrument_name": "BTC-PERPETUAL" })),
    );
    assert!(time.expect("a time") > 1_700_000_000_000);
    assert_eq!(status.expect("a status")["locked"], "false");
    assert_eq!(ticker.expect("a ticker")["instrument_name"], "BTC-PERPETUAL");
}
