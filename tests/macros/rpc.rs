//! `#[nova::rpc]` at work: what is sent for each kind of procedure, how its answer comes back, and what stands in its place.

use std::{collections::HashMap, fs, sync::Mutex, time::Duration};

use futures_util::{SinkExt, StreamExt};
use nova::{Admission, Error, Handle, LimiterView, MemoryListener, Outcome, Outgoing, Priority, View};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// What the venue of these tests answers: the call itself, but for what `refuse` and `silence` are called for.
#[nova::rpc(platform = "jsonrpc")]
trait Venue {
    #[rpc("bare")]
    async fn bare(&self) -> nova::Result<Value>;

    #[rpc("named")]
    async fn named(&self, currency: &str, amount: f64, tags: Vec<u8>) -> nova::Result<Value>;

    #[rpc("optional")]
    async fn optional(&self, label: Option<&str>, limit: Option<u32>, note: Option<Value>) -> nova::Result<Value>;

    #[rpc("renamed")]
    async fn renamed(&self, r#type: &str, #[rpc(name = "instrumentName")] instrument: String) -> nova::Result<Value>;

    #[rpc("defaulted")]
    async fn defaulted(
        &self,
        #[rpc(default = 10)] count: Option<u32>,
        #[rpc(default = "asc")] order: Option<&str>,
    ) -> nova::Result<Value>;

    #[rpc("generic")]
    async fn generic<C, T: Serialize + ?Sized>(
        &self,
        first: &T,
        second: impl Serialize,
        _third: [C; 0],
    ) -> nova::Result<Value>
    where
        C: Serialize;

    #[rpc("refuse")]
    async fn refused(&self) -> nova::Result;

    #[rpc("nothing")]
    async fn nothing(&self) -> nova::Result;

    #[rpc("silence", timeout = "250ms", idempotent, cost = 7, priority = "cancel")]
    async fn unanswered(&self) -> nova::Result<Value>;

    /// Two procedures in one.
    async fn both(&self) -> nova::Result<(Value, Value)> {
        Ok((self.bare().await?, self.named("BTC", 1.0, vec![]).await?))
    }
}

#[nova::rpc(params = positional, timeout = "3s", idempotent, cost = 2, priority = "order")]
trait Node {
    #[rpc("none")]
    async fn none(&self) -> nova::Result<Value>;

    #[rpc("places")]
    async fn places(&self, hash: &str, full: Option<bool>, depth: Option<u8>) -> nova::Result<Value>;

    #[rpc("own", params = named, idempotent = false, timeout = "1s", cost = 0, priority = "control")]
    async fn own(&self, x: u8) -> nova::Result<Value>;
}

#[nova::client(platform = "jsonrpc", overrides(RateLimitHandler))]
struct Desk;

/// What was sent: the method, what it costs, how urgent it is, whether it may be sent twice, its deadline.
type Seen = (String, u32, Priority, bool, Option<Duration>);

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

impl nova::RateLimitHandler for Desk {
    fn check_rate_limit(outgoing: &Outgoing, limiter: &LimiterView, view: View<'_, Self>) -> Admission {
        let method = outgoing.method().unwrap_or_default().to_owned();
        let cost = Self::cost(outgoing, view);
        SEEN.lock().expect("no test panics in here").push((
            method,
            cost,
            outgoing.urgency(),
            outgoing.is_idempotent(),
            outgoing.deadline(),
        ));
        view.inherited().check_rate_limit(outgoing, limiter)
    }
}

fn seen(method: &str) -> Seen {
    let seen = SEEN.lock().expect("no test panics in here");
    seen.iter().find(|(name, ..)| name == method).expect("it was sent").clone()
}

/// A client and its venue, which answers each call with the call.
async fn desk() -> Handle<Desk> {
    let (dialer, listener) = nova::memory();
    tokio::spawn(serve(listener));
    nova::connect(Desk).url("ws://venue.test/").dialer(dialer).await.expect("ready")
}

async fn serve(mut listener: MemoryListener) {
    let stream = listener.accept().await.expect("a client");
    let mut socket = accept_async(stream).await.expect("an upgrade");
    while let Some(Ok(frame)) = socket.next().await {
        let Message::Text(text) = frame else { continue };
        let call: Value = serde_json::from_str(&text).expect("a call");
        let id = &call["id"];
        let answer = match call["method"].as_str() {
            Some("silence") => continue,
            Some("refuse") => json!({"id": id, "error": {"code": 13, "message": "no"}}),
            Some("nothing") => json!({"id": id, "result": null}),
            _ => json!({"id": id, "result": {"method": call["method"], "params": call.get("params")}}),
        };
        if socket.send(Message::text(answer.to_string())).await.is_err() {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_procedure_sends_its_arguments() {
    let desk = desk().await;
    let none: [u8; 0] = [];
    for (sent, expected) in [
        (desk.bare().await, json!({"method": "bare", "params": null})),
        (
            desk.named("BTC", 1.5, vec![1, 2]).await,
            json!({"method": "named", "params": {"currency": "BTC", "amount": 1.5, "tags": [1, 2]}}),
        ),
        (desk.optional(None, None, None).await, json!({"method": "optional", "params": {}})),
        (
            desk.optional(Some("x"), None, Some(Value::Null)).await,
            json!({"method": "optional", "params": {"label": "x", "note": null}}),
        ),
        (
            desk.renamed("limit", "BTC-PERPETUAL".to_owned()).await,
            json!({"method": "renamed", "params": {"type": "limit", "instrumentName": "BTC-PERPETUAL"}}),
        ),
        (desk.defaulted(None, None).await, json!({"method": "defaulted", "params": {"count": 10, "order": "asc"}})),
        (
            desk.defaulted(Some(1), Some("desc")).await,
            json!({"method": "defaulted", "params": {"count": 1, "order": "desc"}}),
        ),
        (
            desk.generic("one", 2, none).await,
            json!({"method": "generic", "params": {"first": "one", "second": 2, "_third": []}}),
        ),
        (desk.none().await, json!({"method": "none", "params": []})),
        (desk.places("0x1", None, None).await, json!({"method": "places", "params": ["0x1"]})),
        (desk.places("0x1", Some(true), None).await, json!({"method": "places", "params": ["0x1", true]})),
        (desk.places("0x1", None, Some(3)).await, json!({"method": "places", "params": ["0x1", null, 3]})),
        (desk.own(1).await, json!({"method": "own", "params": {"x": 1}})),
    ] {
        assert_eq!(sent.expect("answered"), expected);
    }
    let (bare, named) = desk.both().await.expect("answered");
    assert_eq!((&bare["method"], &named["method"]), (&json!("bare"), &json!("named")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_nothing_and_a_refusal_come_back_as_they_are() {
    let desk = desk().await;
    desk.nothing().await.expect("answered");
    assert!(matches!(desk.refused().await, Err(Error::Platform { code: 13, .. })));
}

#[tokio::test(start_paused = true)]
async fn a_procedure_has_its_own_deadline_cost_urgency_and_mark() {
    let desk = desk().await;
    let before = Instant::now();
    let error = desk.unanswered().await.expect_err("nobody answers");
    assert!(matches!(error, Error::Timeout { outcome: Some(Outcome::Unknown), .. }), "{error:?}");
    assert_eq!(before.elapsed(), Duration::from_millis(250));
    desk.none().await.expect("answered");
    desk.own(1).await.expect("answered");
    desk.bare().await.expect("answered");
    let secs = |secs| Some(Duration::from_secs(secs));
    for (method, cost, priority, idempotent, deadline) in [
        ("silence", 7, Priority::Cancel, true, Some(Duration::from_millis(250))),
        ("none", 2, Priority::Order, true, secs(3)),
        ("own", 0, Priority::Control, false, secs(1)),
        ("bare", 1, Priority::Query, false, None),
    ] {
        assert_eq!(seen(method), (method.to_owned(), cost, priority, idempotent, deadline));
    }
}

#[tokio::test(start_paused = true)]
async fn an_argument_that_is_no_json_is_named_and_nothing_is_sent() {
    let desk = desk().await;
    let pairs = HashMap::from([((1, 2), 3)]);
    let error = desk.generic::<u8, _>(&1, &pairs, []).await.expect_err("no JSON");
    assert!(error.to_string().starts_with("cannot encode generic: its argument `second`"), "{error}");
}

/// Stands in for a venue.
struct Mock;

impl Node for Mock {
    async fn none(&self) -> nova::Result<Value> {
        Ok(json!("mock"))
    }

    async fn places(&self, hash: &str, _: Option<bool>, _: Option<u8>) -> nova::Result<Value> {
        Ok(json!(hash))
    }

    async fn own(&self, _: u8) -> nova::Result<Value> {
        Err(Error::ClientClosed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_mock_stands_where_a_handle_does() {
    async fn first(node: &impl Node) -> nova::Result<Value> {
        node.places("0x1", None, None).await
    }
    /// Only futures that are `Send` can go there.
    fn elsewhere(node: impl Node + Send + Sync + 'static) -> tokio::task::JoinHandle<nova::Result<Value>> {
        tokio::spawn(async move { node.none().await })
    }

    let desk = desk().await;
    assert_eq!(first(&Mock).await.expect("answered"), "0x1");
    assert_eq!(first(&desk).await.expect("answered")["params"], json!(["0x1"]));
    assert_eq!(elsewhere(Mock).await.expect("no panic").expect("answered"), "mock");
    assert_eq!(elsewhere(desk).await.expect("no panic").expect("answered")["method"], "none");
    assert!(Mock.own(1).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn traits_of_two_platforms_may_be_in_scope_with_the_same_names() {
    #[nova::rpc(platform = "deribit")]
    #[expect(dead_code, reason = "that it is not called is the point")]
    trait There {
        #[rpc("public/there")]
        async fn which(&self) -> nova::Result<Value>;
    }

    #[nova::rpc(platform = nova::platform::JsonRpc)]
    trait Here {
        #[rpc("here")]
        async fn which(&self) -> nova::Result<Value>;
    }

    assert_eq!(desk().await.which().await.expect("answered")["method"], "here");
}

#[test]
fn a_trait_may_stand_anywhere_and_be_renamed() {
    mod facade {
        pub(super) use nova as inner;
    }

    macro_rules! account {
        ($name:ident, $method:literal, $timeout:literal, $of:ty) => {
            #[nova::rpc(crate = facade::inner, platform = "echo")]
            #[expect(dead_code, reason = "only written")]
            pub(crate) trait $name: Send {
                #[rpc($method, timeout = $timeout)]
                async fn one(&self, x: $of) -> nova::Result<$of>;
            }
        };
    }
    account!(Account, "a/b", "5s", Option<u8>);

    #[nova::client(platform = "echo")]
    struct Echo;
    fn has<T: Account>() {}
    has::<Handle<Echo>>();
}

/// The macro's table is compared with what the compiler would find first.
#[test]
fn the_names_refused_are_the_methods_of_handle() {
    let mut found = Vec::new();
    for file in ["handle.rs", "handle/flow.rs", "handle/stream.rs", "handle/topics.rs", "handle/watch.rs"] {
        let path = format!("{}/../nova/src/{file}", env!("CARGO_MANIFEST_DIR"));
        let source = fs::read_to_string(&path).expect(&path);
        let inherent =
            source.split("\nimpl<C: Client> Handle<C> {").skip(1).filter_map(|rest| rest.split("\n}").next());
        for line in inherent.flat_map(str::lines) {
            let method = line.strip_prefix("    pub fn ").or_else(|| line.strip_prefix("    pub async fn "));
            found.extend(method.map(|method| method.split(['(', '<']).next().unwrap_or_default().to_owned()));
        }
    }
    assert_eq!(found, super::every_name::HANDLE, "`names.rs` of the macros lists each method of `Handle` in its order");
}
