//! The code of `docs/examples/protocol_integration.md`: both protocols run against a script.

#![allow(dead_code, reason = "some of it is compiled, not run")]

use nova::{Credentials, GapCause, Item};
use serde_json::{Value, json};

use super::support::{Peer, settle, venue};

mod aria2 {
    use serde::Deserialize;

    #[nova::rpc(platform = "jsonrpc", params = positional, timeout = "5s")]
    pub(super) trait Downloads {
        /// Begins a download; returns its number.
        #[rpc("aria2.addUri")]
        async fn add(&self, token: &str, addresses: &[&str]) -> nova::Result<String>;

        #[rpc("aria2.tellStatus", idempotent)]
        async fn status(&self, token: &str, gid: &str) -> nova::Result<Status>;
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Status {
        pub(super) status: String,
        pub(super) completed_length: String,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Download {
        pub(super) gid: String,
    }

    #[derive(Debug, nova::Message)]
    pub(super) enum Event {
        #[nova(channel = "aria2.onDownloadStart")]
        Started([Download; 1]),
        #[nova(channel = "aria2.onDownloadComplete")]
        Complete([Download; 1]),
        #[nova(other)]
        Other(nova::Raw),
    }

    #[nova::client(platform = "jsonrpc", message = Event)]
    pub(super) struct Manager;

    async fn run() -> nova::Result {
        let token = "token:secret";
        let manager = nova::connect(Manager).url("ws://127.0.0.1:6800/jsonrpc").await?;
        let _items = manager.items(); // opens the inbox: what comes from here on is kept
        let gid = manager.add(token, &["https://example.test/file"]).await?;
        while let Some(item) = manager.next().await {
            match item {
                nova::Item::Message(Event::Complete([download])) if download.gid == gid => break,
                nova::Item::Gap(_) | nova::Item::Dropped(_) => println!("{:?}", manager.status(token, &gid).await?),
                other => println!("{other:?}"),
            }
        }
        manager.close().await;
        Ok(())
    }
}

#[rustfmt::skip]
mod hub {
    use nova::Text;
    use serde::{Deserialize, Serialize};

    #[derive(Default, nova::Platform)]
    #[nova(
        id = "/n", result = "/value",
        error(at = "/ok", is = false, code = "/error/code", message = "/error/text"),
        channel = "/id", payload = "/state", sequence(rule = "increment", at = "/v"),
        login(send = r#"{"cmd":"hello","token":"{token}"}"#, ack(at = "/evt", is = "hello"), life = "/session"),
        subscribe = r#"{"n":{id},"cmd":"watch","ids":{channels}}"#,
        unsubscribe = r#"{"n":{id},"cmd":"unwatch","ids":{channels}}"#,
        request = r#"{"n":{id},"cmd":{method},"with":{params}}"#,
        answer(at = "/ping", send = r#"{"pong":{value}}"#),
        error_codes(authentication = 401, rate_limited = 429, transient = 503),
    )]
    pub(super) struct Hub;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Lamp {
        pub(super) on: bool,
    }

    #[derive(Debug, nova::Message)]
    pub(super) enum Change {
        #[nova(channel = "lamp.{room}")]
        Lamp { room: Text, lamp: Lamp },
        #[nova(channel = "thermometer.{room}")]
        Temperature { room: Text, celsius: f64 },
    }

    #[nova::rpc(platform = Hub)]
    pub(super) trait Switches {
        #[rpc("set", idempotent)]
        async fn set(&self, id: &str, state: &Lamp) -> nova::Result<Lamp>;
    }

    #[nova::client(platform = Hub, profile = "messaging", message = Change)]
    pub(super) struct Home;

    async fn run(url: &str, token: &str) -> nova::Result {
        let home = nova::connect(Home).url(url).credentials(nova::Credentials::token(token)).await?;
        home.subscribe("lamp.kitchen").await?;                      // the hub has confirmed
        home.set("lamp.kitchen", &Lamp { on: false }).await?;       // the hub has answered
        Ok(())
    }
}

use aria2::{Downloads as _, Event, Manager};
use hub::{Change, Home, Lamp, Switches as _};

#[tokio::test(start_paused = true)]
async fn aria2_is_asked_by_positions_and_tells_by_method() {
    let (dialer, server) = venue();
    let manager = nova::connect(Manager).url("ws://aria2.test/jsonrpc").dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    manager.wait_ready().await.expect("ready");
    let _items = manager.items();
    let (gid, params) = tokio::join!(
        manager.add("token:secret", &["https://example.test/file"]),
        peer.answer("aria2.addUri", json!("2089b05ecca3d829"))
    );
    assert_eq!(gid.as_deref().ok(), Some("2089b05ecca3d829"));
    assert_eq!(params, json!(["token:secret", ["https://example.test/file"]]));
    let params = json!([{"gid": "2089b05ecca3d829"}]);
    for event in ["Start", "Complete", "Pause"] {
        let method = format!("aria2.onDownload{event}");
        peer.send(json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }
    assert!(
        matches!(manager.next().await, Some(Item::Message(Event::Started([download]))) if download.gid == "2089b05ecca3d829")
    );
    assert!(matches!(manager.next().await, Some(Item::Message(Event::Complete(_)))));
    assert!(matches!(manager.next().await, Some(Item::Message(Event::Other(_)))));
    let (status, _) = tokio::join!(
        manager.status("token:secret", "2089b05ecca3d829"),
        peer.answer("aria2.tellStatus", json!({"status": "complete", "completedLength": "34896138"}))
    );
    let status = status.expect("a status");
    assert_eq!((&*status.status, &*status.completed_length), ("complete", "34896138"));
}

async fn welcomed(peer: &mut Peer) {
    assert_eq!(peer.receive().await, json!({"cmd": "hello", "token": "t0ken"}));
    peer.send(json!({"evt": "hello", "session": 3600})).await;
}

async fn watched(peer: &mut Peer) {
    let asked = peer.receive().await;
    assert_eq!((&asked["cmd"], &asked["ids"]), (&json!("watch"), &json!(["lamp.kitchen"])));
    peer.send(json!({"n": asked["n"], "ok": true, "value": null})).await;
}

fn lamp(v: u64, on: bool) -> Value {
    json!({"id": "lamp.kitchen", "v": v, "state": {"on": on}})
}

#[tokio::test(start_paused = true)]
async fn a_hub_is_greeted_watched_switched_and_found_again() {
    let (dialer, server) = venue();
    let home = nova::connect(Home).url("ws://hub.test/").dialer(dialer).credentials(Credentials::token("t0ken"));
    let home = home.start().expect("started");
    let mut peer = server.accept().await;
    welcomed(&mut peer).await;
    home.wait_ready().await.expect("ready");
    let (confirmed, ()) = tokio::join!(home.subscribe("lamp.kitchen"), watched(&mut peer));
    confirmed.expect("confirmed");

    peer.send(lamp(17, true)).await;
    match home.next().await {
        Some(Item::Message(Change::Lamp { room, lamp: Lamp { on: true } })) => assert_eq!(&*room, "kitchen"),
        other => panic!("{other:?}"),
    }
    peer.send(json!({"ping": 12})).await;
    assert_eq!(peer.receive().await, json!({"pong": 12}));

    let (lamp_is, ()) = tokio::join!(home.set("lamp.kitchen", &Lamp { on: false }), async {
        let asked = peer.receive().await;
        assert_eq!(asked["with"], json!({"id": "lamp.kitchen", "state": {"on": false}}));
        peer.send(json!({"n": asked["n"], "ok": true, "value": {"on": false}})).await;
    });
    assert_eq!(lamp_is.expect("switched"), Lamp { on: false });
    let (refused, ()) = tokio::join!(home.set("lamp.attic", &Lamp { on: true }), async {
        let asked = peer.receive().await;
        peer.send(json!({"n": asked["n"], "ok": false, "error": {"code": 404, "text": "no such lamp"}})).await;
    });
    assert!(matches!(&refused, Err(nova::Error::Platform { code: 404, .. })), "{refused:?}");

    drop(peer);
    let mut peer = server.accept().await;
    welcomed(&mut peer).await;
    watched(&mut peer).await;
    settle().await;
    peer.send(lamp(20, false)).await;
    assert!(matches!(home.next().await, Some(Item::Gap(gap)) if gap.cause == GapCause::Reconnected));
    assert!(matches!(home.next().await, Some(Item::Message(Change::Lamp { lamp: Lamp { on: false }, .. }))));
}
