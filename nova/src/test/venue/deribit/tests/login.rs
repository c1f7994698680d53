//! Logging in, tokens and heartbeats: who may stay.

use std::time::Duration;

use ring::hmac;
use serde_json::{Value, json};

use super::peer::Peer;
use crate::test::venue::Deribit;

fn credentials(secret: &str) -> Value {
    json!({"grant_type": "client_credentials", "client_id": "nova", "client_secret": secret, "state": "s"})
}

fn signed(secret: &str, timestamp: u64, nonce: &str) -> Value {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}\n{nonce}\n").as_bytes());
    let hex = tag.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    json!({"grant_type": "client_signature", "client_id": "nova", "timestamp": timestamp, "nonce": nonce, "data": "",
        "signature": hex})
}

#[tokio::test(start_paused = true)]
async fn a_login_opens_private_methods_and_a_wrong_secret_does_not() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    assert_eq!(peer.error("private/get_positions", json!({})).await, 13009);
    assert_eq!(peer.error("public/auth", credentials("wrong")).await, 13004);
    let reply = peer.call("public/auth", credentials("nova-secret")).await;
    assert_eq!(reply["result"]["state"], "s");
    assert_eq!(reply["result"]["expires_in"], 900);
    assert!(reply["usDiff"].as_u64().is_some() && reply["testnet"] == true);
    assert!(reply["result"]["scope"].as_str().unwrap().starts_with("connection "));
    assert!(peer.call("private/get_positions", json!({})).await["result"].is_array());
    assert_eq!(venue.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_signature_counts_once_and_for_a_minute() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let now = peer.call("public/get_time", json!({})).await["result"].as_u64().unwrap();
    assert_eq!(peer.error("public/auth", signed("wrong", now, "n0")).await, 13004, "wrong secret");
    assert_eq!(peer.error("public/auth", signed("nova-secret", now - 61_000, "n1")).await, 13004, "too old");
    assert!(peer.call("public/auth", signed("nova-secret", now, "n2")).await["result"].is_object());
    assert_eq!(peer.error("public/auth", signed("nova-secret", now, "n2")).await, 13004, "nonce used twice");
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_and_its_refresh_token_works_once() {
    let venue = Deribit::builder().token_life(Duration::from_secs(2)).offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    let pair = peer.call("public/auth", credentials("nova-secret")).await["result"].take();
    tokio::time::advance(Duration::from_millis(2_001)).await;
    assert_eq!(peer.error("private/get_positions", json!({})).await, 13009);
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]});
    let next = peer.call("public/auth", refresh.clone()).await["result"].take();
    assert_ne!(next["access_token"], pair["access_token"]);
    assert!(peer.call("private/get_positions", json!({})).await["result"].is_array());
    assert_eq!(peer.error("public/auth", refresh).await, 13004, "the old pair is gone");
    assert_eq!((venue.logins(), venue.refreshes()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_named_session_outlives_its_connection_and_a_plain_token_does_not() {
    let venue = Deribit::builder().offline().unwrap();
    for (scope, survives) in [("session:nova-1", true), ("connection", false)] {
        let mut first = Peer::join(&venue).await;
        let mut login = credentials("nova-secret");
        login["scope"] = scope.into();
        let token = first.call("public/auth", login).await["result"]["access_token"].take();
        venue.cut();
        let reply = Peer::join(&venue).await.call("private/get_positions", json!({"access_token": token})).await;
        assert_eq!(reply["result"].is_array(), survives, "{scope}: {reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn logins_expire_and_are_refused_on_command() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    venue.expire_logins();
    assert_eq!(peer.error("private/get_positions", json!({})).await, 13009);
    venue.refuse_logins(2);
    assert_eq!(peer.error("public/auth", credentials("nova-secret")).await, 13004);
    assert_eq!(peer.error("public/auth", credentials("nova-secret")).await, 13004);
    assert!(peer.call("public/auth", credentials("nova-secret")).await["result"].is_object());
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_answer_a_test_request_is_dropped() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    assert_eq!(peer.error("public/set_heartbeat", json!({"interval": 9})).await, -32602);
    assert_eq!(peer.call("public/set_heartbeat", json!({"interval": 10})).await["result"], "ok");
    for round in 0..3 {
        for kind in ["heartbeat", "test_request"] {
            assert_eq!(peer.next().await.unwrap()["params"]["type"], kind, "round {round}");
        }
        assert!(peer.call("public/test", json!({})).await["result"]["version"].is_string());
    }
    let quiet = tokio::time::Instant::now();
    while peer.next().await.is_some() {}
    assert_eq!(quiet.elapsed().as_secs(), 30, "a heartbeat, a question, and the grace time");
    assert_eq!(venue.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_question_can_be_asked_at_any_time_and_heartbeats_muted() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::join(&venue).await;
    peer.call("public/set_heartbeat", json!({"interval": 10})).await;
    venue.mute_heartbeats(true);
    assert_eq!(peer.next().await, None, "nothing for five minutes");
    assert_eq!(venue.connections(), 1, "and nobody is dropped for it");
    venue.send_test_request();
    assert_eq!(peer.next().await.unwrap()["params"]["type"], "test_request");
    assert_eq!(peer.call("public/test", json!({"expected_result": "exception"})).await["error"]["code"], 11050);
}

#[tokio::test(start_paused = true)]
async fn logging_out_has_no_reply_and_ends_the_connection() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    peer.start("private/logout", json!({})).await;
    assert_eq!(peer.next().await, None);
    assert_eq!(venue.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn secrets_stay_out_of_debug() {
    let venue = Deribit::builder().offline().unwrap();
    Peer::logged_in(&venue).await;
    let shown = format!("{:?} {:?} {venue:?}", venue.transcript(), Deribit::builder());
    assert!(!shown.contains("nova-secret"), "{shown}");
}
