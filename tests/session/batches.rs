//! Calls that leave together in one frame: numbered, answered, refused, limited and lost one by one.

use futures_util::{FutureExt as _, future::join_all};
use nova::{Error, Handle, Outcome, Outgoing, platform::JsonRpc};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Peer, Plain, Server, endless, pass, secs, settle, unvisited, venue};

#[nova::client(platform = "jsonrpc", profile = "financial", rate_limit(capacity = 4, refill = "1/s"))]
struct Caller;

#[nova::client(platform = "jsonrpc", profile = "messaging")]
struct Patient;

#[nova::client(platform = "jsonrpc", profile = "financial", overrides(RateLimitHandler))]
struct Counting;

impl nova::RateLimitHandler for Counting {
    fn cost(outgoing: &Outgoing, _: nova::View<'_, Self>) -> u32 {
        if outgoing.method() == Some("dear") { 3 } else { outgoing.price().unwrap_or(1) }
    }
}

async fn ready() -> (Handle<Caller>, Server, Peer) {
    let (dialer, server) = venue();
    let client = nova::connect(Caller).platform(JsonRpc::new()).url("ws://venue.test/").dialer(dialer).start();
    let client = client.expect("started");
    let peer = server.accept().await;
    client.wait_ready().await.expect("ready");
    (client, server, peer)
}

fn methods(frame: &Value) -> Vec<&str> {
    frame.as_array().expect("a batch").iter().map(|call| call["method"].as_str().expect("a name")).collect()
}

fn answer(call: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": call["id"], "result": result})
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_batch_leave_in_one_frame_and_each_gets_its_own_answer_in_any_order() {
    let (client, _server, mut peer) = ready().await;
    let batch = client.batch();
    let [sum, name] = [batch.call::<Value>("sum", [1, 2]), batch.call("name", ["x"; 0])];
    let broken = batch.call::<u64>("text", json!({}));
    let refused = batch.request::<u64>(Outgoing::call_bare("nope"));
    peer.expect_silence(secs(1)).await;
    let venue = async {
        let calls = peer.receive().await;
        assert_eq!(methods(&calls), ["sum", "name", "text", "nope"]);
        assert_eq!((&calls[0]["params"], &calls[3].get("params")), (&json!([1, 2]), &None));
        // One alone, two in a batch with something else among them, and one alone again.
        peer.send(answer(&calls[2], &json!("no number"))).await;
        let tick = json!({"method": "tick", "params": [1]});
        peer.send(json!([answer(&calls[1], &json!("nova")), tick, answer(&calls[0], &json!(3))])).await;
        let error = json!({"code": -32601, "message": "Method not found"});
        peer.send(json!([{"jsonrpc": "2.0", "id": calls[3]["id"], "error": error}])).await;
    };
    let items = client.items();
    let (sum, name, broken, refused, ()) = tokio::join!(sum, name, broken, refused, venue);
    assert_eq!((sum.expect("answered"), name.expect("answered")), (json!(3), json!("nova")));
    assert!(matches!(&broken, Err(Error::Decode { what, .. }) if what.contains("text")), "{broken:?}");
    assert!(matches!(&refused, Err(Error::Platform { code: -32601, .. })), "{refused:?}");
    drop(items);
    assert!(matches!(client.next().await, Some(nova::Item::Message(raw)) if raw.channel() == Some("tick")));
}

#[tokio::test(start_paused = true)]
async fn what_is_called_after_a_batch_has_left_leaves_with_the_next() {
    let (client, _server, mut peer) = ready().await;
    let batch = client.batch();
    let mut answers = vec![batch.call::<u64>("a", [0]), batch.call("b", [0])];
    assert!((&mut answers[1]).now_or_never().is_none());
    answers.push(batch.call("c", [0]));
    let first = peer.receive().await;
    assert_eq!(methods(&first), ["a", "b"]);
    let venue = async {
        let second = peer.receive().await;
        assert_eq!(methods(&second), ["c"], "one alone is a batch of one");
        let all = first.as_array().unwrap().iter().chain(second.as_array().unwrap());
        let numbers: Vec<u64> = all.clone().map(|call| call["id"].as_u64().unwrap()).collect();
        assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
        peer.send(all.zip(1..).map(|(call, number)| answer(call, &json!(number))).collect()).await;
    };
    let (answers, ()) = tokio::join!(join_all(answers), venue);
    assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn each_call_of_a_batch_is_charged_and_more_than_the_limit_holds_is_refused() {
    let (client, _server, mut peer) = ready().await;
    let started = Instant::now();
    for (calls, seconds) in [(3, 0), (3, 2), (2, 4)] {
        let batch = client.batch();
        let answers: Vec<_> = (0..calls).map(|_| batch.call::<u64>("m", [0])).collect();
        let venue = async {
            let frame = peer.receive().await;
            assert_eq!((methods(&frame).len(), started.elapsed().as_secs()), (calls, seconds));
            peer.send(frame.as_array().unwrap().iter().map(|call| answer(call, &json!(1))).collect()).await;
        };
        let (answers, ()) = tokio::join!(join_all(answers), venue);
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    let batch = client.batch();
    let answers: Vec<_> = (0..5).map(|_| batch.call::<u64>("m", [0])).collect();
    for answer in join_all(answers).await {
        let error = answer.expect_err("refused").to_string();
        assert!(error.contains("rate_limit.capacity") && error.contains("costs 5"), "{error}");
    }
    peer.expect_silence(secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_client_says_of_the_cost_of_its_calls_is_what_a_batch_of_them_costs() {
    let (dialer, server) = venue();
    let client = nova::connect(Counting).url("ws://venue.test/").dialer(dialer);
    let limits =
        nova::Patch::new().set("rate_limit.capacity", "5").and_then(|patch| patch.set("rate_limit.refill", "1/s"));
    let client = client.configure(limits.expect("settings")).start().expect("started");
    let mut peer = server.accept().await;
    client.wait_ready().await.expect("ready");
    let batch = client.batch();
    let answers = [batch.call::<u64>("dear", [0]), batch.call("dear", [0])];
    let error = join_all(answers).await.remove(0).expect_err("refused").to_string();
    assert!(error.contains("costs 6"), "{error}");
    assert_eq!(peer.within(secs(60)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_gives_each_call_its_outcome_and_only_an_idempotent_one_is_sent_again() {
    let (client, server, mut peer) = ready().await;
    let batch = client.batch();
    let order = batch.call::<u64>("order", [0]);
    let look = batch.request::<u64>(Outgoing::call("look", &[0]).expect("JSON").idempotent());
    let done = batch.call::<u64>("done", [0]);
    let venue = async {
        let calls = peer.receive().await;
        peer.send(json!([answer(&calls[2], &json!(1))])).await;
        drop(peer);
        let mut peer = server.accept().await;
        let again = peer.receive().await;
        assert_eq!(again, calls[1], "by itself, under its number");
        peer.send(answer(&again, &json!(2))).await;
        peer.expect_silence(secs(1)).await;
        peer
    };
    let (order, look, done, peer) = tokio::join!(order, look, done, venue);
    assert!(matches!(order, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{order:?}");
    assert_eq!((look.expect("answered"), done.expect("answered")), (2, 1));

    // Nothing of it has left: the next is not ready yet.
    drop(peer);
    settle().await;
    let batch = client.batch();
    let answers = join_all([batch.call::<u64>("order", [0]), batch.call("order", [1])]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::NotReady { .. }))), "{answers:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_waits_for_a_connection_leaves_whole_or_is_refused_whole() {
    for comes in [true, false] {
        let (dialer, server) = if comes { venue() } else { unvisited() };
        let client = nova::connect(Patient).url("ws://venue.test/");
        let client = if comes { client.dialer(dialer) } else { client.dialer(endless()) };
        let client = client.start().expect("started");
        let batch = client.batch();
        let mut answers = [batch.call::<u64>("a", [0]), batch.call("b", [0])];
        assert!((&mut answers[0]).now_or_never().is_none());
        let venue = async {
            if comes {
                let mut peer = server.accept().await;
                let calls = peer.receive().await;
                assert_eq!(methods(&calls), ["a", "b"]);
                peer.send(calls.as_array().unwrap().iter().map(|call| answer(call, &json!(7))).collect()).await;
                peer.rest().await;
            }
        };
        tokio::select! {
            answers = join_all(answers) => match &answers[..] {
                [Ok(7), Ok(7)] => assert!(comes),
                [Err(Error::Evicted { .. }), Err(Error::Evicted { .. })] => assert!(!comes),
                other => panic!("{comes}: {other:?}"),
            },
            () = async { venue.await; std::future::pending().await } => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_of_a_batch_has_its_own_deadline() {
    let (client, _server, mut peer) = ready().await;
    let started = Instant::now();
    let batch = client.batch();
    let soon = batch.request::<u64>(Outgoing::call_bare("soon").timeout(secs(2)));
    let late = batch.request::<u64>(Outgoing::call_bare("late").timeout(secs(5)));
    let (soon, late) = (soon.map(|soon| (soon, started.elapsed())), late.map(|late| (late, started.elapsed())));
    let ((soon, first), (late, second), _) = tokio::join!(soon, late, peer.receive());
    for (result, took, expected) in [(soon, first, 2), (late, second, 5)] {
        assert!(matches!(result, Err(Error::Timeout { outcome: Some(Outcome::Unknown), .. })), "{result:?}");
        assert_eq!(took, secs(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_nobody_wants_is_taken_out_of_the_batch() {
    let (client, _server, mut peer) = ready().await;
    let batch = client.batch();
    let kept = batch.call::<u64>("kept", [0]);
    drop(batch.call::<u64>("dropped", [0]));
    let late = batch.call::<u64>("late", [0]);
    let venue = async {
        let calls = peer.receive().await;
        assert_eq!(methods(&calls), ["kept", "late"]);
        peer.send(json!([answer(&calls[0], &json!(1))])).await;
        (peer, calls)
    };
    let (kept, (mut peer, calls)) = tokio::join!(kept, venue);
    assert_eq!(kept.expect("answered"), 1);
    drop(late);
    peer.send(json!([answer(&calls[1], &json!(2))])).await;
    pass(secs(1)).await;
    assert!(client.state().is_ready());
    let batch = client.batch();
    drop(batch.call::<u64>("dropped", [0]));
    peer.expect_silence(secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_call_and_what_is_no_batch_are_told_apart_from_what_is() {
    let (client, _server, mut peer) = ready().await;
    let batch = client.batch();
    let not = batch.request::<u64>("text".into()).await;
    assert!(matches!(&not, Err(Error::Encode { reason, .. }) if reason.contains("Outgoing::call")), "{not:?}");
    for (text, why) in
        [("[]", "batch of nothing"), ("[1", "at byte 2"), ("[[]]", "batch of nothing"), ("[5]", "an object")]
    {
        peer.send_frame(nova::Frame::text(text)).await;
        match client.next().await {
            Some(nova::Item::Undecodable(_, error)) => assert!(error.to_string().contains(why), "{text}: {error}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_takes_one_call_a_frame_refuses_each_before_it_is_sent() {
    let (dialer, server) = venue();
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    let batch = client.batch();
    for answer in join_all([batch.call::<u64>("a", [0]), batch.call("b", [0])]).await {
        assert!(matches!(answer, Err(Error::Unsupported { platform: "plain", .. })), "{answer:?}");
    }
    peer.expect_silence(secs(60)).await;
}

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Asks back when it is told something.
#[nova::client(platform = "jsonrpc", profile = "financial", overrides(MessageHandler))]
struct Asking;

impl nova::MessageHandler for Asking {
    async fn handle_message(&mut self, _: nova::Raw, cx: &mut nova::Context<'_, Self>) -> nova::Result {
        let batch = cx.batch();
        let (left, right) = (batch.call::<u64>("left", [0]), batch.call::<u64>("right", [0]));
        let sum = left.await? + right.await?;
        cx.send(json!({"sum": sum}))
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_awaits_the_answers_to_a_batch_of_its_own() {
    let (dialer, server) = venue();
    let _client = nova::connect(Asking).url("ws://venue.test/").dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    peer.send(json!({"method": "tick"})).await;
    let calls = peer.receive().await;
    assert_eq!(methods(&calls), ["left", "right"]);
    peer.send(json!([answer(&calls[1], &json!(2)), answer(&calls[0], &json!(1))])).await;
    assert_eq!(peer.receive().await, json!({"sum": 3}));
}
