//! nova's JSON-RPC platform against a server of jsonrpsee: its calls, its refusals, its subscriptions, and its restart.

use std::{net::SocketAddr, time::Duration};

use jsonrpsee_server::{
    PendingSubscriptionSink, RpcModule, Server, ServerHandle,
    types::{ErrorObject, ErrorObjectOwned, Params},
};
use nova::{Error, ErrorClass, GapCause, Handle, Item, platform::JsonRpc};
use serde_json::{Value, json, value::to_raw_value};
use tokio::{sync::broadcast, time::timeout};

/// A server with one method of each kind, and quotes of one symbol.
struct Exchange {
    handle: ServerHandle,
    address: SocketAddr,
    quotes: broadcast::Sender<u64>,
}

impl Exchange {
    async fn start(address: &str) -> Self {
        let (quotes, _) = broadcast::channel(64);
        let server = Server::builder().build(address).await.expect("the port is free");
        let address = server.local_addr().expect("it listens");
        Self { handle: server.start(module(quotes.clone())), address, quotes }
    }

    async fn stop(self) {
        self.handle.stop().expect("it runs");
        self.handle.stopped().await;
    }
}

fn module(quotes: broadcast::Sender<u64>) -> RpcModule<broadcast::Sender<u64>> {
    let mut module = RpcModule::new(quotes);
    let sum = |params: Params<'_>| Ok::<_, ErrorObjectOwned>(params.parse::<Vec<u64>>()?.iter().sum::<u64>());
    module.register_method("sum", move |params, _, _| sum(params)).unwrap();
    let no_account = || ErrorObject::owned(-32_010, "no such account", Some(json!({ "account": 7 })));
    module.register_method("withdraw", move |_, _, _| Err::<(), _>(no_account())).unwrap();
    let names = ("subscribe_quotes", "quotes", "unsubscribe_quotes");
    module
        .register_subscription(names.0, names.1, names.2, |params, pending, quotes, _| async move {
            tell_quotes(params.one::<String>().is_ok_and(|symbol| symbol == "NOVA"), pending, quotes.subscribe()).await
        })
        .unwrap();
    module
}

async fn tell_quotes(known: bool, pending: PendingSubscriptionSink, mut quotes: broadcast::Receiver<u64>) {
    if !known {
        return pending.reject(ErrorObject::owned(-32_011, "no such symbol", None::<()>)).await;
    }
    let Ok(sink) = pending.accept().await else { return };
    while let Some(Ok(quote)) = tokio::select! { quote = quotes.recv() => Some(quote), () = sink.closed() => None } {
        let message = to_raw_value(&json!({ "price": quote })).expect("JSON");
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

#[nova::client(platform = "jsonrpc", profile = "financial")]
struct Trader;

async fn connect(exchange: &Exchange) -> Handle<Trader> {
    let platform = JsonRpc::new().subscriptions("subscribe_quotes", "unsubscribe_quotes", "quotes");
    let trader = nova::connect(Trader).platform(platform).url(format!("ws://{}", exchange.address));
    within(trader.into_future()).await.expect("ready")
}

/// No test waits for ever.
async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("it happens")
}

async fn call(trader: &Handle<Trader>, method: &str, params: Value) -> nova::Result<Value> {
    within(trader.call(method, params)).await
}

/// The next item, which is a quote.
async fn price(trader: &Handle<Trader>) -> u64 {
    match within(trader.next()).await {
        Some(Item::Message(raw)) if raw.channel() == Some("NOVA") => {
            raw.data::<Value>().expect("JSON")["price"].as_u64().expect("a number")
        }
        other => panic!("expected a quote: {other:?}"),
    }
}

#[tokio::test]
async fn calls_are_answered_and_refusals_keep_their_code_words_and_data() {
    let exchange = Exchange::start("127.0.0.1:0").await;
    let trader = connect(&exchange).await;
    for count in 0..100_u64 {
        assert_eq!(call(&trader, "sum", json!([count, 1])).await.expect("a sum"), count + 1);
    }
    let refused = call(&trader, "withdraw", json!([])).await;
    let Err(Error::Platform { code: -32_010, message, data: Some(data), class: ErrorClass::Platform }) = &refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((&**message, &**data), ("no such account", r#"{"account":7}"#));
    for (method, params, expected) in [("sum", json!(["a"]), -32_602), ("nothing", json!([]), -32_601)] {
        let refused = call(&trader, method, params).await;
        assert!(matches!(refused, Err(Error::Platform { code, .. }) if code == expected), "{refused:?}");
    }

    let batch = trader.batch();
    let three = batch.call::<u64>("sum", json!([1, 2]));
    let refused = batch.call::<Value>("withdraw", json!([]));
    let (three, refused) = within(async { tokio::join!(three, refused) }).await;
    assert_eq!(three.expect("a sum"), 3);
    assert!(matches!(refused, Err(Error::Platform { code: -32_010, .. })), "{refused:?}");
    assert_eq!(trader.history().last().expect("steps").epoch, 1, "all of it on one connection");
}

#[tokio::test]
async fn a_subscription_tells_everything_once_until_it_is_left_and_again_after_a_restart() {
    let exchange = Exchange::start("127.0.0.1:0").await;
    let trader = connect(&exchange).await;
    let refused = within(trader.subscribe("NONE")).await;
    assert!(matches!(refused, Err(Error::Platform { code: -32_011, .. })), "{refused:?}");
    assert!(trader.wanted().is_empty());

    for round in 0..3 {
        within(trader.subscribe("NOVA")).await.expect("confirmed");
        for quote in 0..20 {
            exchange.quotes.send(100 * round + quote).expect("somebody listens");
            assert_eq!(price(&trader).await, 100 * round + quote);
        }
        within(trader.unsubscribe("NOVA")).await.expect("left");
    }

    within(trader.subscribe("NOVA")).await.expect("confirmed");
    let address = exchange.address.to_string();
    let mut watch = trader.watch();
    exchange.stop().await;
    within(watch.until(|state| !state.is_ready())).await.expect("it tries again");
    let exchange = Exchange::start(&address).await;
    within(trader.wait_ready()).await.expect("ready");
    exchange.quotes.send(7).expect("it is subscribed again");
    match within(trader.next()).await {
        Some(Item::Gap(gap)) => assert_eq!((&*gap.topic, gap.cause), ("NOVA", GapCause::Reconnected)),
        other => panic!("expected a gap: {other:?}"),
    }
    assert_eq!(price(&trader).await, 7);
    assert_eq!(call(&trader, "sum", json!([1])).await.expect("a sum"), 1);
    assert_eq!(exchange.quotes.receiver_count(), 1, "it is subscribed once");
}
