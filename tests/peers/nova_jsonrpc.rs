//! nova's JSON-RPC platform against servers that define what they speak: an Ethereum node, and a download manager with a token.

use std::net::{Ipv4Addr, TcpListener};

use nova::{
    Error, Gap, GapCause, Handle, Item, Raw,
    platform::JsonRpc,
    test::fault::{FaultProxy, Faults},
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::peer::{Peer, within};

#[nova::client(platform = "jsonrpc", profile = "financial")]
struct Caller;

async fn connect(platform: JsonRpc, url: String) -> Handle<Caller> {
    within("ready", nova::connect(Caller).platform(platform).url(url).into_future()).await.expect("ready")
}

async fn node(url: String) -> Handle<Caller> {
    connect(JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription"), url).await
}

async fn call(client: &Handle<Caller>, method: &str, params: Value) -> nova::Result<Value> {
    within(method, client.call(method, params)).await
}

/// Mines one block.
async fn mine(node: &Handle<Caller>) {
    call(node, "evm_mine", json!([])).await.expect("mined");
}

async fn height(node: &Handle<Caller>) -> u64 {
    number(&call(node, "eth_blockNumber", json!([])).await.expect("the height"))
}

fn number(quantity: &Value) -> u64 {
    let digits = quantity.as_str().and_then(|text| text.strip_prefix("0x")).expect("a quantity");
    u64::from_str_radix(digits, 16).expect("a quantity")
}

async fn item(client: &Handle<Caller>) -> Item<Raw> {
    within("an item", client.next()).await.expect("the client lives")
}

/// The next item, which is a message on this channel: its payload.
async fn message(client: &Handle<Caller>, channel: &str) -> Value {
    match item(client).await {
        Item::Message(raw) if raw.channel() == Some(channel) => raw.data().expect("JSON"),
        other => panic!("expected a message on {channel}: {other:?}"),
    }
}

/// The number of the next block told.
async fn head(node: &Handle<Caller>) -> u64 {
    number(&message(node, "newHeads").await["number"])
}

/// The number of the connection after the gap, which is the next item.
async fn gap(node: &Handle<Caller>) -> u64 {
    match item(node).await {
        Item::Gap(Gap { topic, epoch, since: Some(_), cause: GapCause::Reconnected, .. }) if &*topic == "newHeads" => {
            epoch
        }
        other => panic!("expected a gap: {other:?}"),
    }
}

#[tokio::test]
async fn each_block_a_node_mines_is_told_once_and_in_order() {
    for seconds in [&[][..], &["1"]] {
        let Some(peer) = Peer::start("anvil.sh", seconds) else { return };
        let node = node(peer.url("/")).await;
        within("confirmed", node.subscribe("newHeads")).await.expect("confirmed");
        let by_now = height(&node).await;
        for _ in 0..100 {
            mine(&node).await;
        }
        let first = head(&node).await;
        assert!(first <= by_now + 1, "{first} was told first, and {by_now} blocks were there");
        let mut last = first;
        // At a second a block, beyond those that were asked for.
        let end = height(&node).await.max(by_now + 100) + 3 * seconds.len() as u64;
        while last < end {
            let next = head(&node).await;
            assert_eq!(next, last + 1);
            last = next;
        }
    }
}

#[tokio::test]
async fn a_topic_left_is_silent_and_told_again_when_it_is_wanted_again() {
    let Some(peer) = Peer::start("anvil.sh", &[]) else { return };
    let node = node(peer.url("/")).await;
    for round in 0..20 {
        within("confirmed", node.subscribe("newHeads")).await.expect("confirmed");
        mine(&node).await;
        assert_eq!(head(&node).await, 2 * round + 1);
        within("left", node.unsubscribe("newHeads")).await.expect("left");
        // Behind the unsubscribe in the order of what is sent; the next head told must not be this one.
        mine(&node).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_flow_again_after_a_cut_link_and_after_a_restart_of_the_node() {
    let Some(peer) = Peer::start("anvil.sh", &[]) else { return };
    let proxy = FaultProxy::to(peer.address().to_string(), Faults::new()).await.expect("a free port");
    let direct = node(peer.url("/")).await;
    let node = node(proxy.url("/")).await;
    within("confirmed", node.subscribe("newHeads")).await.expect("confirmed");
    for expected in 1..=3 {
        mine(&direct).await;
        assert_eq!(head(&node).await, expected);
    }

    let link = proxy.link();
    link.down();
    let mut state = node.watch();
    within("the loss", state.until(|state| !state.is_ready())).await.expect("it tries again");
    mine(&direct).await;
    mine(&direct).await;
    link.heal();
    within("ready", node.wait_ready()).await.expect("ready");
    mine(&direct).await;
    assert_eq!((gap(&node).await, head(&node).await), (2, 6), "4 and 5 came while there was no link");
    assert_eq!(height(&node).await, 6);

    within("the end of the other client", direct.close()).await;
    spawn_blocking(move || drop(peer)).await.expect("stopped");
    within("the loss", state.until(|state| !state.is_ready())).await.expect("it tries again");
    let peer = spawn_blocking(|| Peer::start("anvil.sh", &[])).await.expect("started").expect("it was there before");
    proxy.lead_to(peer.address().to_string());
    within("ready", node.wait_ready()).await.expect("ready");
    assert_eq!(node.wanted(), ["newHeads"]);
    mine(&node).await;
    assert_eq!((gap(&node).await, head(&node).await), (3, 1), "a new chain");
    mine(&node).await;
    assert_eq!(head(&node).await, 2);
}

#[tokio::test]
async fn what_a_node_refuses_is_told_with_its_code_and_nothing_else_happens() {
    let Some(peer) = Peer::start("anvil.sh", &[]) else { return };
    let node = node(peer.url("/")).await;
    // Over a WebSocket, anvil takes a method that it does not know for parameters that it does not know.
    let refused = call(&node, "eth_nope", json!([])).await;
    assert!(matches!(refused, Err(Error::Platform { code: -32602, .. })), "{refused:?}");
    let refused = within("the refusal", node.subscribe("noSuchTopic")).await;
    assert!(matches!(refused, Err(Error::Platform { code: -32602, .. })), "{refused:?}");
    assert!(node.wanted().is_empty() && node.state().is_ready());
    assert_eq!(height(&node).await, 0);
    assert_eq!(node.history().last().expect("steps").epoch, 1, "on the first connection");
}

/// Node's debugger: JSON-RPC but for the member that says so, which it refuses.
#[derive(Default, nova::Platform)]
#[nova(
    id = "/id",
    result = "/result",
    channel = "/method",
    payload = "/params",
    request = r#"{"id":{id},"method":{method},"params":{params}}"#,
    error(at = "/error/code", message = "/error/message")
)]
struct Debugger;

#[nova::client(platform = Debugger, profile = "financial")]
struct Inspector;

/// Where Node's debugger is: it says so over HTTP.
async fn debugger(peer: &Peer) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(peer.address()).await.expect("it listens");
    let request = format!("GET /json/list HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", peer.address());
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // It keeps the connection open behind its answer.
    let list = loop {
        assert!(within("the list", stream.read_buf(&mut answer)).await.expect("read") > 0, "{answer:?}");
        let text = std::str::from_utf8(&answer).expect("text");
        let body = text.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str::<Value>(body));
        if let Some(Ok(list)) = body {
            break list;
        }
    };
    list[0]["webSocketDebuggerUrl"].as_str().expect("an address").to_owned()
}

#[tokio::test]
async fn the_debugger_of_node_answers_calls_among_a_stream_of_events() {
    let Some(peer) = Peer::start("inspector.sh", &[]) else { return };
    let node = nova::connect(Inspector).url(debugger(&peer).await);
    let node = within("ready", node.into_future()).await.expect("ready");
    let _items = node.items();
    let refused: nova::Result<Value> = within("the refusal", node.call("Runtime.nonsense", json!({}))).await;
    assert!(matches!(refused, Err(Error::Platform { code: -32601, .. })), "{refused:?}");
    let _: Value = within("events", node.call("Runtime.enable", json!({}))).await.expect("enabled");
    for number in 0..100 {
        let params = json!({"expression": format!("{number} * 2")});
        let found: Value = within("a value", node.call("Runtime.evaluate", params)).await.expect("a value");
        assert_eq!(found["result"]["value"], number * 2);
    }
    let mut ticks = 0;
    while ticks < 5 {
        let item = within("an event", node.next()).await;
        let Some(Item::Message(raw)) = item else { panic!("nothing is lost here: {item:?}") };
        let event: Value = raw.data().expect("JSON");
        ticks += usize::from(raw.channel() == Some("Runtime.consoleAPICalled") && event["args"][0]["value"] == "tick");
    }
}

#[tokio::test]
async fn aria2_serves_whoever_knows_its_token_and_tells_of_its_downloads() {
    let Some(peer) = Peer::start("aria2.sh", &["secret"]) else { return };
    let aria2 = connect(JsonRpc::new(), peer.url("/jsonrpc")).await;
    // Notifications come unasked, and are kept from here on.
    let _items = aria2.items();
    let version = call(&aria2, "aria2.getVersion", json!(["token:secret"])).await.expect("the version");
    assert!(version["version"].is_string(), "{version}");
    for params in [json!(["token:wrong"]), json!([])] {
        let refused = call(&aria2, "aria2.getVersion", params).await;
        let Err(Error::Platform { code: 1, message, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(&**message, "Unauthorized");
    }

    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let add = json!(["token:secret", [format!("http://{nobody}/file")]]);
    let gid = call(&aria2, "aria2.addUri", add).await.expect("a number");
    for channel in ["aria2.onDownloadStart", "aria2.onDownloadError"] {
        assert_eq!(message(&aria2, channel).await, json!([{"gid": gid}]));
    }
}

#[tokio::test]
async fn aria2_answers_a_batch_and_refuses_in_it_what_it_would_refuse_alone() {
    let Some(peer) = Peer::start("aria2.sh", &["secret"]) else { return };
    let aria2 = connect(JsonRpc::new(), peer.url("/jsonrpc")).await;
    let batch = aria2.batch();
    let version = batch.call::<Value>("aria2.getVersion", json!(["token:secret"]));
    let wrong = batch.call::<Value>("aria2.getVersion", json!(["token:wrong"]));
    let methods = batch.call::<Vec<String>>("system.listMethods", json!([]));
    let (version, wrong, methods) = within("answers", async { tokio::join!(version, wrong, methods) }).await;
    assert!(version.expect("answered")["version"].is_string());
    assert!(matches!(&wrong, Err(Error::Platform { code: 1, .. })), "{wrong:?}");
    assert!(methods.expect("answered").iter().any(|method| method == "aria2.getVersion"));
}
