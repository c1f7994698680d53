//! JSON-RPC: every request is numbered, and the answer lists what it confirms.

use nova::GapCause;
use serde_json::{Value, json};

use crate::{
    credentials,
    derived_rpc::Counter,
    gap, number,
    support::{Peer, Server, venue},
};

async fn logged_in(server: &Server) -> Peer {
    let mut peer = server.accept().await;
    let params = peer.answer("login", json!({"expires_in": 3600})).await;
    assert_eq!(params, json!({"key": "me", "secret": "s3cret"}));
    peer
}

async fn push(peer: &mut Peer, previous: u64, id: u64) {
    let params = json!({"topic": "count.a", "id": id, "previous": previous, "data": {"n": id}});
    peer.send(json!({"jsonrpc": "2.0", "method": "news", "params": params})).await;
}

#[tokio::test(start_paused = true)]
async fn r74_a_described_venue_survives_a_hole_a_silence_and_a_drop() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = logged_in(&server).await;
        assert_eq!(peer.answer("subscribe", json!(["count.a"])).await, json!(["count.a"]));
        push(&mut peer, 0, 10).await;
        push(&mut peer, 10, 30).await;
        push(&mut peer, 40, 50).await;
        assert_eq!(peer.answer("unsubscribe", json!(["count.a"])).await, json!(["count.a"]));
        assert_eq!(peer.answer("subscribe", json!(["count.a"])).await, json!(["count.a"]));
        push(&mut peer, 60, 70).await;
        peer.answer("ping", json!("pong")).await;
        push(&mut peer, 70, 75).await;
        drop(peer);
        let mut peer = logged_in(&server).await;
        assert_eq!(peer.answer("subscribe", json!(["count.a"])).await, json!(["count.a"]));
        push(&mut peer, 5, 6).await;
        let call = peer.receive().await;
        assert_eq!((&call["jsonrpc"], &call["params"]), (&json!("2.0"), &json!({"a": 1})));
        peer.reply(&call, Value::Null).await;
        let call = peer.receive().await;
        peer.send(json!({"id": call["id"], "error": {"code": -32000, "message": "no"}})).await;
        peer
    });
    let counter =
        nova::connect(Counter).url("ws://venue.test/").dialer(dialer).credentials(credentials()).await.expect("ready");
    counter.subscribe("count.a").await.expect("confirmed");
    assert_eq!((number(&counter).await, number(&counter).await), (10, 30));
    assert_eq!(gap(&counter).await, GapCause::Sequence { expected: 30, found: 40 });
    assert_eq!((number(&counter).await, number(&counter).await), (70, 75));
    assert_eq!(gap(&counter).await, GapCause::Reconnected);
    assert_eq!(number(&counter).await, 6);
    counter.call::<Option<u8>>("anything", json!({"a": 1})).await.expect("`null` is a result");
    let error = counter.call::<u8>("anything", json!({})).await.expect_err("refused");
    assert!(matches!(&error, nova::Error::Platform { code: -32000, .. }), "{error:?}");
    drop(server.await.expect("the server"));
    counter.close().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_answer_does_not_list_is_refused() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = server.accept().await;
        peer.answer("subscribe", json!(["a"])).await;
        peer
    });
    let counter = nova::connect(Counter).url("ws://venue.test/").dialer(dialer).await.expect("ready");
    let subscribed = counter.subscribe_many(["a", "b"]).await.expect("answered");
    assert_eq!(subscribed.confirmed, ["a"]);
    assert_eq!(subscribed.rejected.len(), 1, "{subscribed:?}");
    drop(server.await.expect("the server"));
    counter.close().await;
}
