//! `op` and `args`: acknowledgements are told from messages by their words, not by numbers.

use nova::GapCause;
use serde_json::{Value, json};

use crate::{
    Noon, credentials,
    derived_op::Counter,
    gap, number,
    support::{Peer, Server, unvisited, venue},
};

/// HMAC-SHA256 with "s3cret" over "1700000000000me".
const SIGNATURE: &str = "62538ac0ecf553217ad8d077047d226b4084d80f5b2cb939215bdd40119fb63d";

async fn logged_in(server: &Server) -> Peer {
    let mut peer = server.accept().await;
    assert_eq!(peer.receive().await, json!({"op": "auth", "args": ["me", 1_700_000_000_000_u64, SIGNATURE]}));
    peer.send(json!({"op": "auth"})).await;
    peer
}

async fn subscribed(peer: &mut Peer) {
    assert_eq!(peer.receive().await, json!({"op": "subscribe", "args": ["count.a"]}));
    peer.send(json!({"op": "subscribed", "args": ["count.a"]})).await;
}

async fn push(peer: &mut Peer, seq: u64) {
    peer.send(json!({"topic": "count.a", "seq": seq, "data": {"n": seq}})).await;
}

#[tokio::test(start_paused = true)]
async fn r74_a_described_venue_survives_a_hole_a_silence_and_a_drop() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = logged_in(&server).await;
        subscribed(&mut peer).await;
        for seq in [1, 2, 4] {
            push(&mut peer, seq).await;
        }
        assert_eq!(peer.receive().await, json!({"op": "unsubscribe", "args": ["count.a"]}));
        assert_eq!(peer.receive().await["op"], "subscribe");
        // What was under way of the subscription before is neither delivered nor counted.
        push(&mut peer, 5).await;
        peer.send(json!({"op": "unsubscribed", "args": ["count.a"]})).await;
        peer.send(json!({"op": "subscribed", "args": ["count.a"]})).await;
        push(&mut peer, 1).await;
        // Silence: the heartbeat asks, and the answer is no message.
        assert_eq!(peer.receive().await, json!({"op": "ping"}));
        peer.send(json!({"op": "pong"})).await;
        push(&mut peer, 2).await;
        drop(peer);
        let mut peer = logged_in(&server).await;
        subscribed(&mut peer).await;
        push(&mut peer, 9).await;
        peer
    });
    let counter = nova::connect(Counter)
        .url("ws://venue.test/")
        .dialer(dialer)
        .clock(Noon)
        .credentials(credentials())
        .await
        .expect("ready");
    counter.subscribe("count.a").await.expect("confirmed");
    assert_eq!((number(&counter).await, number(&counter).await), (1, 2));
    assert_eq!(gap(&counter).await, GapCause::Sequence { expected: 3, found: 4 });
    assert_eq!((number(&counter).await, number(&counter).await), (1, 2));
    assert_eq!(gap(&counter).await, GapCause::Reconnected);
    assert_eq!(number(&counter).await, 9);
    drop(server.await.expect("the server"));
    counter.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_topic_is_refused_to_its_caller() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = server.accept().await;
        let _: Value = peer.receive().await;
        peer.send(json!({"op": "subscribed", "args": [], "refused": ["nonsense"]})).await;
        peer
    });
    let counter = nova::connect(Counter).url("ws://venue.test/").dialer(dialer).await.expect("ready");
    let error = counter.subscribe("nonsense").await.expect_err("refused");
    assert!(matches!(&error, nova::Error::Subscription { topic, .. } if &**topic == "nonsense"), "{error:?}");
    drop(server.await.expect("the server"));
    counter.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_error_while_logging_in_is_the_logins() {
    let (dialer, server) = venue();
    tokio::spawn(async move {
        loop {
            let mut peer = server.accept().await;
            let _: Value = peer.receive().await;
            peer.send(json!({"op": "error", "message": "who are you?"})).await;
        }
    });
    let connected = nova::connect(Counter).url("ws://venue.test/").dialer(dialer).credentials(credentials()).await;
    let error = connected.expect_err("the login was refused").to_string();
    assert!(error.contains("login failed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_the_login_cannot_use_are_refused_before_dialling() {
    let (dialer, _server) = unvisited();
    let token = nova::Credentials::token("t0ken");
    let connected = nova::connect(Counter).url("ws://venue.test/").dialer(dialer).credentials(token).await;
    let error = connected.expect_err("a token is no key").to_string();
    assert!(error.contains("credentials") && error.contains("Credentials::key"), "{error}");
}
