//! Ethereum against its local node: every state in which a link may be lost, what is refused, and what must not be told twice.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use nova::{
    Error, ErrorClass, Gap, GapCause, Handle, Item, Outcome, State, Topic, TopicState,
    platform::{
        Ethereum,
        ethereum::{Block, Feed, Filter, Node as _, Syncing},
    },
    test::{
        fault::{Faults, Faulty, Link},
        venue::{self, Emitted},
    },
};
use serde_json::json;
use tokio::time::sleep;

use crate::support;

#[nova::client(platform = "ethereum", profile = "financial", message = Feed)]
struct Watcher;

/// A node, and a client that is connected to it.
async fn connected(platform: Ethereum) -> (Arc<venue::Ethereum>, Handle<Watcher>) {
    let (node, watcher, _) = linked(platform).await;
    (node, watcher)
}

/// The same with the link between them.
async fn linked(platform: Ethereum) -> (Arc<venue::Ethereum>, Handle<Watcher>, Link) {
    let node = Arc::new(venue::Ethereum::offline().expect("a runtime"));
    let server = node.clone();
    let dialer = support::dialer(move |stream| server.serve(stream));
    let dialer = Faulty::new(dialer, Faults::new());
    let link = dialer.link();
    let client = nova::connect(Watcher).url("ws://node.test").platform(platform).dialer(dialer).seed(1);
    (node, client.await.expect("ready"), link)
}

/// The same with both topics.
async fn watching() -> (Arc<venue::Ethereum>, Handle<Watcher>) {
    let (node, watcher) = connected(Ethereum::new()).await;
    watcher.subscribe("newHeads").await.expect("confirmed");
    watcher.subscribe(said()).await.expect("confirmed");
    (node, watcher)
}

fn said() -> Topic {
    Topic::new("logs.said")
        .params(Filter::new().address(Emitted::new(7, 1).address.parse().expect("an address")).params())
}

/// The contract says something in a block of its own.
fn say(node: &venue::Ethereum) {
    node.emit(Emitted::new(7, 1));
    node.emit(Emitted::new(8, 1));
    node.mine();
}

/// The next items in a line: heads, logs, what is taken back, and holes.
async fn told(watcher: &Handle<Watcher>, count: usize) -> String {
    let mut told = Vec::new();
    for _ in 0..count {
        let item = tokio::time::timeout(Duration::from_secs(300), watcher.next()).await;
        let back = |removed: bool| if removed { "-" } else { "" };
        told.push(match item.unwrap_or_else(|_| panic!("nothing came behind {told:?}")).expect("the client lives") {
            Item::Message(Feed::Head(head)) => format!("{}h{}", back(head.removed), head.number),
            Item::Message(Feed::Labelled { log, .. }) => {
                format!("{}l{}", back(log.removed), log.block_number.expect("mined"))
            }
            Item::Gap(Gap { topic, cause: GapCause::Reconnected, .. }) => format!("gap {topic}"),
            Item::Undecodable(raw, _) => format!("undecodable {}", raw.channel().unwrap_or("-")),
            other => format!("{other:?}"),
        });
    }
    // What is told of one topic has an order; two topics have none.
    let mut order = told.clone();
    order.sort_by_key(|told| told.contains('l'));
    order.join(" ")
}

async fn ready(watcher: &Handle<Watcher>, epoch: u64) {
    let mut watch = watcher.watch();
    while watcher.history().last().is_none_or(|step| step.epoch < epoch || !step.to.is_ready()) {
        assert!(!watch.changed().await.is_terminal(), "{:?}", watch.end());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_ready_without_a_login_and_asks_for_what_it_wants_once() {
    let (node, watcher) = watching().await;
    say(&node);
    assert_eq!(told(&watcher, 2).await, "h1 l1", "the other contract's log is not asked for");
    let address = &Emitted::new(7, 1).address;
    assert_eq!(node.requests("eth_subscribe"), [json!(["newHeads"]), json!(["logs", {"address": [address]}])]);
    watcher.unsubscribe("newHeads").await.expect("left");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(node.subscribed(), [json!(["logs", {"address": [address]}])]);
    say(&node);
    assert_eq!(told(&watcher, 1).await, "l2");
}

#[tokio::test(start_paused = true)]
async fn r070_what_came_while_the_link_was_down_is_delivered_once_and_no_gap_is_told() {
    let (node, watcher) = watching().await;
    for epoch in 2..5 {
        say(&node);
        // Sent or not: what the link takes with it is fetched.
        node.cut();
        (0..3).for_each(|_| say(&node));
        ready(&watcher, epoch).await;
        say(&node);
    }
    let all = |kind: &str| (1..=15).map(|number| format!("{kind}{number}")).collect::<Vec<_>>().join(" ");
    assert_eq!(told(&watcher, 30).await, format!("{} {}", all("h"), all("l")));
    // Each connection subscribed once.
    assert_eq!((node.requests("eth_subscribe").len(), node.connected()), (8, 4));
}

#[tokio::test(start_paused = true)]
async fn a_link_lost_in_each_state_loses_nothing() {
    for state in ["connecting", "before the answers", "while it fetches"] {
        let (node, watcher) = watching().await;
        say(&node);
        assert_eq!(told(&watcher, 2).await, "h1 l1");
        node.cut();
        (0..4).for_each(|_| say(&node));
        match state {
            "connecting" => node.refuse_connections(2, 503),
            "before the answers" => node.mute(true),
            _ => node.refuse("eth_getBlockByNumber", 1, -32_000, "header not found"),
        }
        sleep(Duration::from_secs(2)).await;
        if state == "before the answers" {
            assert_eq!(watcher.state(), State::Restoring);
        }
        node.mute(false);
        node.cut();
        say(&node);
        sleep(Duration::from_secs(60)).await;
        say(&node);
        assert_eq!(told(&watcher, 12).await, "h2 h3 h4 h5 h6 h7 l2 l3 l4 l5 l6 l7", "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reorganisation_is_told_before_what_it_brought() {
    let (node, watcher) = watching().await;
    (0..3).for_each(|_| say(&node));
    assert_eq!(told(&watcher, 6).await, "h1 h2 h3 l1 l2 l3");
    node.emit(Emitted::new(7, 1));
    node.reorganise(2, 3);
    assert_eq!(told(&watcher, 8).await, "-h3 -h2 h2 h3 h4 -l3 -l2 l2");
    node.cut();
    node.emit(Emitted::new(7, 1));
    node.reorganise(3, 4);
    assert_eq!(told(&watcher, 9).await, "-h4 -h3 -h2 h2 h3 h4 h5 -l2 l2", "while the link was down");
}

#[tokio::test(start_paused = true)]
async fn gap_one_lost_one_repeated_one_of_another_branch() {
    let (node, watcher) = connected(Ethereum::new()).await;
    watcher.subscribe("newHeads").await.expect("confirmed");
    node.mine();
    node.lose_next();
    (0..2).for_each(|_| drop(node.mine().to_string()));
    node.repeat_next();
    (0..2).for_each(|_| drop(node.mine().to_string()));
    assert_eq!(told(&watcher, 5).await, "h1 h2 h3 h4 h5");
    // The first head of the new branch is lost, too.
    node.lose_next();
    node.reorganise(2, 3);
    assert_eq!(told(&watcher, 5).await, "-h5 -h4 h4 h5 h6");
}

#[tokio::test(start_paused = true)]
async fn limits_of_the_provider_are_kept_to_and_nothing_is_lost_by_them() {
    let (node, watcher) = watching().await;
    node.most_logs(3);
    node.cut();
    // Two logs a block, and both contracts count where the node counts.
    (0..20).for_each(|_| say(&node));
    node.refuse("eth_getLogs", 1, -32_005, "daily request count exceeded, request rate limited");
    node.refuse("eth_getBlockByNumber", 2, 429, "Too Many Requests");
    let lines = told(&watcher, 40).await;
    assert!(lines.starts_with("h1 h2") && lines.ends_with("l19 l20") && !lines.contains("gap"), "{lines}");
    let ranges = node.requests("eth_getLogs").len();
    assert!(ranges > 8, "{ranges} ranges");
}

#[tokio::test(start_paused = true)]
async fn what_the_node_does_not_have_any_more_is_a_gap_with_its_reason() {
    let (node, watcher) = watching().await;
    let mut events = watcher.events();
    say(&node);
    assert_eq!(told(&watcher, 2).await, "h1 l1");
    node.cut();
    (0..3).for_each(|_| say(&node));
    node.refuse("eth_getLogs", 1, -32_000, "history has been pruned for this block");
    assert_eq!(told(&watcher, 3).await, "h2 h3 h4");
    say(&node);
    assert_eq!(told(&watcher, 3).await, "h5 gap logs.said l5");
    let why = std::iter::from_fn(|| events.try_next()).find_map(|event| match event {
        nova::Event::Error(error @ Error::Platform { .. }) => Some(error.to_string()),
        _ => None,
    });
    assert!(why.as_ref().is_some_and(|why| why.contains("pruned")), "{why:?}");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_refused_holds_up_no_other() {
    let (node, watcher) = connected(Ethereum::new()).await;
    node.refuse("newPendingTransactions", 1, -32_601, "the method eth_subscribe is not available for it");
    let topics = ["newHeads", "newPendingTransactions", "syncing", "nonsense"];
    let subscribed = watcher.subscribe_many(topics).await.expect("the client lives");
    assert_eq!(
        subscribed.rejected.iter().map(|(topic, _)| &**topic).collect::<Vec<_>>(),
        ["newPendingTransactions", "nonsense"]
    );
    node.sync(&json!({"startingBlock": "0x0", "currentBlock": "0x1b", "highestBlock": 30}));
    node.sync(&json!({"syncing": true, "status": {"startingBlock": 0, "currentBlock": 1, "highestBlock": 2}}));
    node.sync(&json!(false));
    for expected in ["27", "1", ""] {
        let Some(Item::Message(Feed::Syncing(syncing))) = watcher.next().await else { panic!("no word") };
        let current = if let Syncing::At { current, .. } = syncing { current.to_string() } else { String::new() };
        assert_eq!(current, expected);
    }
    let status = watcher.topics().await.expect("alive");
    assert!(status.iter().any(|status| matches!(status.state, TopicState::Rejected(_))), "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn pending_transactions_cannot_be_fetched_so_their_gap_is_told() {
    let (node, watcher) = connected(Ethereum::new()).await;
    watcher.subscribe("newPendingTransactions").await.expect("confirmed");
    let hash = format!("{:#066x}", 5);
    node.pend(&hash);
    let is_it = |item| matches!(item, Some(Item::Message(Feed::Pending(found))) if found.to_string() == hash);
    assert!(is_it(watcher.next().await));
    node.cut();
    node.pend(&hash);
    ready(&watcher, 2).await;
    node.pend(&hash);
    assert_eq!(told(&watcher, 1).await, "gap newPendingTransactions");
    assert!(is_it(watcher.next().await));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_falls_silent_is_replaced_and_what_it_kept_is_fetched() {
    let (node, watcher, link) = linked(Ethereum::new()).await;
    watcher.subscribe("newHeads").await.expect("confirmed");
    node.mine();
    assert_eq!(told(&watcher, 1).await, "h1");
    link.partition();
    (0..3).for_each(|_| say(&node));
    let mut state = watcher.watch();
    let silent = tokio::time::Instant::now();
    state.until(|state| !state.is_ready()).await.expect("it tries again");
    assert!((20..70).contains(&silent.elapsed().as_secs()), "{:?}", silent.elapsed());
    link.heal();
    assert_eq!(told(&watcher, 3).await, "h2 h3 h4");
    assert_eq!(node.connected(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_restarts_is_come_back_to_at_once_and_everything_restored() {
    let (node, watcher) = watching().await;
    say(&node);
    assert_eq!(told(&watcher, 2).await, "h1 l1");
    node.close_all(1012, "restart");
    say(&node);
    ready(&watcher, 2).await;
    assert_eq!(told(&watcher, 2).await, "h2 l2");
    assert_eq!(watcher.history().iter().filter(|step| step.to == State::Backoff).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn answers_and_notifications_come_in_either_order() {
    for early in [false, true] {
        let (node, watcher) = watching().await;
        node.notify_early(early);
        for number in 1..=5 {
            let mined: String = watcher.call("evm_mine", json!([])).await.expect("mined");
            assert_eq!(mined, format!("{number:#x}"));
        }
        assert_eq!(told(&watcher, 5).await, "h1 h2 h3 h4 h5", "early: {early}");
    }
}

#[tokio::test(start_paused = true)]
async fn r73_malformed_and_unknown_frames_reach_the_client_as_values() {
    let (node, watcher) = connected(Ethereum::new()).await;
    watcher.subscribe("newHeads").await.expect("confirmed");
    node.mine();
    assert_eq!(told(&watcher, 1).await, "h1");
    let subscription = node
        .transcript()
        .iter()
        .rev()
        .find_map(|line| line.json()["params"]["subscription"].as_str().map(str::to_owned));
    let head = |result: &str| {
        format!(
            r#"{{"method":"eth_subscription","params":{{"subscription":"{}","result":{result}}}}}"#,
            subscription.as_deref().unwrap_or("-")
        )
    };
    for text in [
        "{",
        "[]",
        "17",
        "\u{0}",
        r#"{"jsonrpc":"2.0"}"#,
        &head("{}"),
        &head(r#"{"number":"0xzz"}"#),
        &head("null"),
        &head("["),
    ] {
        node.say(text);
    }
    let lines = told(&watcher, 9).await;
    assert_eq!(lines.matches("undecodable").count(), 9, "{lines}");
    // Of nobody, and of a kind that nobody knows: the one is dropped, the other is a message.
    node.say(r#"{"method":"eth_subscription","params":{"subscription":"0xdead","result":{}}}"#);
    node.say(r#"{"method":"parity_subscription","params":{}}"#);
    assert!(
        matches!(watcher.next().await, Some(Item::Message(Feed::Other(raw))) if raw.channel() == Some("parity_subscription"))
    );
    node.mine();
    assert_eq!(told(&watcher, 1).await, "h2", "and the link lives");
    assert_eq!(node.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_are_answered_with_their_types_and_refused_in_their_class() {
    let (node, watcher) = connected(Ethereum::new()).await;
    node.mine();
    assert_eq!(watcher.block_number().await.expect("a height"), 1_u64.into());
    let block = watcher.block_by_number(1_u64.into(), false).await.expect("answered").expect("there");
    assert_eq!(Some(&block.head.hash.to_string()), node.hashes().last());
    for (code, message, class) in [
        (-32_005, "rate limit exceeded", ErrorClass::RateLimited),
        (-32_000, "header not found", ErrorClass::Transient),
        (3, "execution reverted", ErrorClass::Platform),
    ] {
        node.refuse("eth_gasPrice", 1, code, message);
        let error = watcher.gas_price().await.expect_err(message);
        assert_eq!(error.class(), class, "{error}");
    }
    // What only reads is asked again on the next link; a transaction never is.
    node.drop_next_reply();
    let (gas, ()) = tokio::join!(watcher.gas_price(), async {
        sleep(Duration::from_secs(1)).await;
        node.cut();
    });
    assert!(gas.is_ok());
    ready(&watcher, 2).await;
    node.drop_next_reply();
    let (sent, ()) = tokio::join!(watcher.send_raw_transaction(vec![1, 2, 3].into()), async {
        sleep(Duration::from_secs(1)).await;
        node.cut();
    });
    assert!(matches!(sent, Err(Error::Disconnected { outcome: nova::Outcome::Unknown })), "{sent:?}");
    assert_eq!(node.requests("eth_sendRawTransaction").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_one_frame_and_each_call_of_it_is_answered_or_refused_for_itself() {
    let (node, watcher) = watching().await;
    say(&node);
    node.refuse("eth_gasPrice", 1, -32_000, "header not found");
    let batch = watcher.batch();
    let height = batch.call::<String>("eth_blockNumber", json!([]));
    let price = batch.call::<String>("eth_gasPrice", json!([]));
    let blocks: Vec<_> =
        (0..20).map(|at| batch.call::<Block>("eth_getBlockByNumber", (format!("{at:#x}"), false))).collect();
    let (height, price, blocks) = tokio::join!(height, price, join_all(blocks));
    assert_eq!(height.expect("answered"), "0x1");
    assert!(matches!(&price, Err(error) if error.class() == ErrorClass::Transient), "as the node means it: {price:?}");
    let found: Vec<_> = blocks.into_iter().map_while(Result::ok).map(|block| block.head.hash.to_string()).collect();
    assert_eq!(found, node.hashes());
    let frames = node.transcript().iter().filter(|line| line.text.starts_with('[')).count();
    assert_eq!(frames, 2, "one each way");
    assert_eq!(told(&watcher, 2).await, "h1 l1", "what comes unasked goes on beside it");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_node_never_answers_is_unknown_once_the_link_is_gone() {
    let (node, watcher) = watching().await;
    node.drop_next_reply();
    let batch = watcher.batch();
    let sent = [batch.call::<String>("eth_sendRawTransaction", ["0x1"]), batch.call("eth_sendRawTransaction", ["0x2"])];
    let (sent, ()) = tokio::join!(join_all(sent), async {
        sleep(Duration::from_secs(1)).await;
        node.cut();
    });
    for sent in sent {
        assert!(matches!(sent, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{sent:?}");
    }
    ready(&watcher, 2).await;
    let sent = node.transcript().iter().filter(|line| line.text.contains("eth_sendRawTransaction")).count();
    assert_eq!(sent, 1, "and nothing of it is sent again");
}
