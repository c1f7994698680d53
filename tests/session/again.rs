//! Calls marked idempotent: sent again on the next connection, once on each, as long as their deadline allows.

use nova::{Error, Handle, Outcome, Outgoing, Patch, patch};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Peer, Plain, Server, pass, secs, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

#[nova::client(platform = Plain, profile = "messaging")]
struct Chat;

async fn ready() -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

fn idempotent<C: nova::Client>(desk: &Handle<C>, method: &'static str) -> JoinHandle<Result<u64, Error>> {
    let desk = desk.clone();
    let call = Outgoing::call(method, &json!({"of": method})).expect("JSON").idempotent();
    tokio::spawn(async move { desk.request(call).await })
}

fn once<C: nova::Client>(desk: &Handle<C>, method: &'static str) -> JoinHandle<Result<u64, Error>> {
    let desk = desk.clone();
    tokio::spawn(async move { desk.call(method, json!({})).await })
}

#[tokio::test(start_paused = true)]
async fn an_idempotent_call_is_sent_again_after_ready_and_an_order_never() {
    let (desk, server, mut peer) = ready().await;
    let cancel = idempotent(&desk, "cancel_all");
    let first = peer.receive().await;
    let order = once(&desk, "order");
    assert_eq!(peer.receive().await["method"], "order");
    drop(peer);
    let lost = order.await.expect("no panic");
    assert!(matches!(lost, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{lost:?}");
    // Twice in a row, so that once a connection is seen not to be once for all.
    let mut peer = server.accept().await;
    let prepare = peer.receive().await;
    peer.expect_silence(secs(1)).await;
    peer.reply(&prepare, json!(0)).await;
    assert_eq!(peer.receive().await, first, "the same call, whole");
    peer.expect_silence(secs(1)).await;
    drop(peer);
    let mut peer = server.ready().await;
    let third = peer.receive().await;
    assert_eq!(third, first);
    assert!(!cancel.is_finished());
    peer.reply(&third, json!(7)).await;
    assert_eq!(cancel.await.expect("no panic").expect("answered"), 7);
    peer.expect_silence(secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_sent_again_keeps_its_first_deadline_and_its_outcome() {
    for back_after in [Some(4), None] {
        let (desk, server, mut peer) = ready().await;
        let started = Instant::now();
        let cancel = idempotent(&desk, "cancel_all");
        peer.receive().await;
        pass(secs(3)).await;
        drop(peer);
        let silent = async {
            let mut peer = server.accept().await;
            let prepare = peer.receive().await;
            let Some(seconds) = back_after else { return peer.rest().await };
            pass(secs(seconds)).await;
            peer.reply(&prepare, json!(0)).await;
            assert_eq!(peer.receive().await["method"], "cancel_all");
            // Bytes of it have left, and it is never answered.
            peer.rest().await;
        };
        let result = tokio::select! {
            result = cancel => result.expect("no panic"),
            () = silent => panic!("the client hung up"),
        };
        assert!(
            matches!(result, Err(Error::Timeout { outcome: Some(Outcome::Unknown), after, .. }) if after == secs(10)),
            "{back_after:?}: {result:?}"
        );
        assert_eq!(started.elapsed(), secs(10), "{back_after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_call_that_cannot_be_sent_again_is_told_that_it_may_have_been_executed() {
    // The client is closed, or ends, before it is back.
    for ends in [false, true] {
        let (dialer, server) = venue();
        let hopeless = Patch::new().reconnect(patch::Reconnect::new().max_attempts(nova::Attempts::AtMost(1)));
        let desk = nova::connect(Desk).configure(hopeless).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        desk.wait_ready().await.expect("ready");
        let cancel = idempotent(&desk, "cancel_all");
        peer.receive().await;
        drop((peer, server));
        settle().await;
        assert!(!cancel.is_finished());
        if !ends {
            desk.close().await;
        }
        let result = cancel.await.expect("no panic");
        assert!(matches!(result, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{ends}: {result:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_is_not_sent_for_again() {
    let (desk, server, mut peer) = ready().await;
    let cancel = idempotent(&desk, "cancel_all");
    peer.receive().await;
    drop(peer);
    settle().await;
    cancel.abort();
    let mut peer = server.ready().await;
    peer.expect_silence(secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn what_had_waited_for_its_first_sending_is_sent_again_too() {
    let (dialer, server) = venue();
    let chat = nova::connect(Chat).dialer(dialer).start().expect("started");
    let (first, second) = (idempotent(&chat, "read"), idempotent(&chat, "mark"));
    for _ in 0..2 {
        let mut peer = server.ready().await;
        let asked: Vec<Value> = vec![peer.receive().await["method"].take(), peer.receive().await["method"].take()];
        assert_eq!(asked, ["read", "mark"], "in order, each once");
        peer.expect_silence(secs(1)).await;
    }
    let mut peer = server.ready().await;
    for answer in [1, 2] {
        let call = peer.receive().await;
        peer.reply(&call, json!(answer)).await;
    }
    assert_eq!(first.await.expect("no panic").expect("answered"), 1);
    assert_eq!(second.await.expect("no panic").expect("answered"), 2);
}
