//! What is refused while a client runs: each with the error that names it, and with nothing on the wire.

use nova::{Error, Handle, Params, Patch};
use serde_json::{Value, json};

use crate::support::{Plain, secs, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// The name an error gives to what it refuses.
fn named(error: &Error) -> String {
    match error {
        Error::Config { field, .. } => field.to_string(),
        Error::Subscription { topic, .. } => topic.to_string(),
        Error::Encode { what, .. } | Error::Decode { what, .. } => what.to_string(),
        other => panic!("{other}"),
    }
}

async fn refusals(desk: &Handle<Desk>) -> Vec<(&'static str, Error)> {
    let topic = async |topic: &str| desk.subscribe(topic).await.expect_err("refused");
    let settings = async |key, value| {
        let patch = Patch::new().set(key, value).expect("a value of its kind");
        desk.configure(patch).await.expect_err("refused")
    };
    let key = |key, value| Patch::new().set(key, value).expect_err("refused");
    let calm = nova::patch::RateLimit::new();
    vec![
        ("", topic("").await),
        (r"a\nb", topic("a\nb").await),
        (r"a\0", desk.subscribe_with("a\0", Params::new()).await.expect_err("refused")),
        ("reconnect.jitter", settings("reconnect.jitter", "2").await),
        ("heartbeat.timeout", settings("heartbeat.timeout", "1h").await),
        ("rate_limit.limit", settings("rate_limit.limit", "0/s").await),
        ("backpressure.warning", settings("backpressure.warning", "0.95").await),
        ("reconnect.jiter", key("reconnect.jiter", "0.5")),
        ("reconnect.jitter", key("reconnect.jitter", "much")),
        ("connection.send", key("connection.send", "sometimes")),
        ("rate_limit.mode", desk.limiter().set(calm.mode(nova::LimitMode::Reject)).expect_err("refused")),
        ("rate_limit.safety", desk.limiter().set(calm.safety(2.0)).expect_err("refused")),
        ("pool", desk.limiter().set_remaining_in("matching engine", 3).expect_err("refused")),
        ("place", desk.call::<Value>("place", f64_keys()).await.expect_err("no JSON")),
    ]
}

/// A map that JSON cannot hold: its keys are no texts.
fn f64_keys() -> std::collections::BTreeMap<(u8, u8), u8> {
    [((1, 2), 3)].into()
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_while_a_client_runs_is_named_and_not_sent() {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let before = desk.config();
    for (name, error) in refusals(&desk).await {
        assert_eq!(named(&error), name, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(desk.config(), before);
    assert!(desk.wanted().is_empty());
    peer.hears_nothing(secs(5)).await;
    let (alive, _) = tokio::join!(desk.call::<Value>("alive", json!({})), peer.answer("alive", json!(1)));
    assert_eq!(alive.expect("answered"), 1);
}
