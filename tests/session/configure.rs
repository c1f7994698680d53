//! Settings that change while the client runs: taken over whole, refused whole, kept for the next start.

use std::{
    fs,
    future::pending,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use nova::{Effect, Error, Event, Handle, Layer, Patch, State, provider::File};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    script::{Act, End, pass, scripted, waits},
    support::{Peer, Plain, Server, secs, settle, venue},
};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

async fn connected() -> (Handle<Desk>, Peer, Server) {
    let (dialer, server) = venue();
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    (client, peer, server)
}

fn patch(key: &str, value: &str) -> Patch {
    Patch::new().set(key, value).expect("a value")
}

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    let path = std::env::temp_dir().join(format!("nova-{name}-{}-{number}", std::process::id()));
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// The configuration events since the last look, as text.
fn told(events: &mut nova::Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Configured { changes } = event { Some(changes.to_string()) } else { None })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_is_in_force_at_once_and_says_so() {
    let (client, mut peer, _server) = connected().await;
    let mut events = client.events();
    let changes = client.configure(patch("heartbeat.interval", "3s")).await.expect("applied");
    assert_eq!(changes.to_string(), "heartbeat.interval: 15s → 3s, applied");
    assert_eq!(told(&mut events), ["heartbeat.interval: 15s → 3s, applied"]);
    assert_eq!(client.config().explain("heartbeat.interval").expect("a key").layer, Layer::Runtime);
    let before = Instant::now();
    peer.ping().await;
    assert_eq!(before.elapsed(), secs(3));

    client.configure(patch("connection.request_timeout", "1s")).await.expect("applied");
    let before = Instant::now();
    client.call::<Value>("slow", json!({})).await.expect_err("late");
    assert_eq!(before.elapsed(), secs(1));
}

#[nova::client(platform = Plain, profile = "financial")]
struct Twin;

#[tokio::test(start_paused = true)]
async fn clients_that_are_started_alike_share_their_settings_until_one_is_changed() {
    let start = |said: Patch| {
        let nowhere = nova::dialer(|_| pending::<std::io::Result<tokio::io::DuplexStream>>());
        nova::connect(Twin).configure(said).dialer(nowhere).start().expect("started")
    };
    let (first, second) = (start(Patch::new()), start(Patch::new()));
    let third = start(patch("heartbeat.interval", "7s"));
    assert!(Arc::ptr_eq(&first.config(), &second.config()));
    assert_eq!(third.config().heartbeat.interval, Some(secs(7)));
    first.configure(patch("heartbeat.interval", "3s")).await.expect("applied");
    assert_eq!(first.config().heartbeat.interval, Some(secs(3)));
    assert_eq!(second.config().heartbeat.interval, Some(secs(15)), "it was not asked");
    assert_eq!(start(Patch::new()).config().heartbeat.interval, Some(secs(15)), "nor is it the next one's");
}

#[tokio::test(start_paused = true)]
async fn a_smaller_buffer_keeps_less_from_now_on() {
    let (client, mut peer, _server) = connected().await;
    let _open = client.items();
    client.configure(patch("backpressure.buffer", "2")).await.expect("applied");
    for number in 0..5 {
        peer.push("a", json!(number)).await;
    }
    pass(1).await;
    let mut items = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(secs(1), client.next()).await {
        items.push(item);
    }
    assert!(matches!(&items[0], nova::Item::Dropped(dropped) if dropped.messages == 3), "{items:?}");
    assert_eq!(items.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_slower_limit_counts_what_was_sent_before() {
    let (client, peer, _server) = connected().await;
    tokio::spawn(peer.rest());
    for number in 0..5 {
        client.send(json!(number)).await.expect("sent");
    }
    let slow = patch("rate_limit.limit", "6/60s").set("rate_limit.safety", "1").expect("a share");
    client.configure(slow.set("rate_limit.mode", "reject").expect("a mode")).await.expect("applied");
    let mut sent = 0;
    while client.send(json!(sent)).await.is_ok() {
        sent += 1;
    }
    // Nothing was counted while there was no limit.
    assert_eq!(sent, 6);
    client.configure(patch("rate_limit.limit", "8/60s")).await.expect("applied");
    let left = [client.send(json!(6)).await, client.send(json!(7)).await, client.send(json!(8)).await];
    assert_eq!(left.map(|sent| sent.is_ok()), [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_a_connection_waits_for_the_next_one() {
    let (dialer, log) = scripted([Act::ready_for(60, End::Drop), Act::Mute]);
    let client = nova::connect(Desk).dialer(dialer).await.expect("ready");
    let changes = client.configure(patch("connection.timeout", "2s")).await.expect("applied");
    assert_eq!(changes.of("connection.timeout").map(|change| &change.effect), Some(&Effect::OnReconnect));
    while log.dials() < 3 {
        pass(1).await;
    }
    let late = client.trace().find("connecting took longer than 2s").count();
    assert!(late > 0, "{:?}", client.trace().why());
}

#[tokio::test(start_paused = true)]
async fn r089_a_patch_with_one_bad_value_changes_nothing_and_names_it() {
    let (client, _peer, _server) = connected().await;
    let before = client.config();
    let bad = patch("heartbeat.interval", "3s").set("reconnect.jitter", "1.5").expect("a number");
    let error = client.configure(bad).await.expect_err("refused");
    assert!(matches!(&error, Error::Config { field, .. } if field == "reconnect.jitter"), "{error}");
    assert_eq!(client.config(), before);

    // The dry run names every one of them, and what the others would have come to.
    let plan = client.plan(&bad.set("breaker.failures", "0").expect("a number"));
    assert!(plan.is_rejected());
    let effect = |key| plan.of(key).map(|change| change.effect.clone());
    assert_eq!(effect("heartbeat.interval"), Some(Effect::Applied));
    for key in ["reconnect.jitter", "breaker.failures"] {
        assert!(matches!(effect(key), Some(Effect::Rejected(reason)) if reason.contains(key)), "{plan}");
    }
    assert_eq!(client.config(), before);
}

#[tokio::test(start_paused = true)]
async fn r089_two_patches_at_once_have_one_order_and_both_answers_are_true() {
    let (client, _peer, _server) = connected().await;
    let (one, other) = tokio::join!(
        client.configure(patch("reconnect.max_delay", "20s")),
        client.configure(patch("reconnect.max_delay", "40s").set("reconnect.jitter", "0").expect("a number")),
    );
    let told = |changes: nova::Result<nova::Changes>| changes.expect("applied").of("reconnect.max_delay").cloned();
    let (one, other) = (told(one).expect("named"), told(other).expect("named"));
    assert_eq!((&*one.from, &*one.to), ("30s", "20s"));
    assert_eq!((&*other.from, &*other.to), ("20s", "40s"));
    assert_eq!(client.config().reconnect.max_delay, secs(40));
}

#[tokio::test(start_paused = true)]
async fn r089_a_patch_during_a_reconnect_is_taken_over_too() {
    let (dialer, log) = scripted([Act::ready_for(60, End::Drop), Act::http(503), Act::http(503), Act::Stay]);
    let client = nova::connect(Desk).dialer(dialer).await.expect("ready");
    client.watch().until(|state| state == State::Backoff).await.expect("alive");
    let slow = patch("reconnect.initial_delay", "20s").set("reconnect.jitter", "0").expect("a number");
    client.configure(slow).await.expect("applied");
    assert_eq!(client.state(), State::Backoff);
    while log.dials() < 3 {
        pass(1).await;
    }
    // The first delay had been decided on; the next is of the new kind.
    assert!(waits(&log)[1] >= 19_000, "{:?}", waits(&log));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_is_taken_over_under_what_was_said_in_code() {
    let path = folder("file").join("desk.json");
    fs::write(&path, r#"{"heartbeat": {"interval": "5s"}, "reconnect": {"jitter": 0.1}}"#).expect("written");
    let (dialer, server) = venue();
    let client = nova::connect(Desk)
        .config(File::default().path(&path))
        .configure(patch("reconnect.jitter", "0.2"))
        .dialer(dialer)
        .start()
        .expect("started");
    let peer = server.ready().await;
    tokio::spawn(peer.rest());
    client.wait_ready().await.expect("ready");
    let mut events = client.events();
    assert_eq!(client.config().heartbeat.interval, Some(secs(5)));

    fs::write(&path, r#"{"heartbeat": {"interval": "4s"}, "reconnect": {"jitter": 0.3}, "auth": {"timeout": "9s"}}"#)
        .expect("written");
    pass(3).await;
    let config = client.config();
    assert_eq!((config.heartbeat.interval, config.auth.timeout), (Some(secs(4)), secs(9)));
    assert!((config.reconnect.jitter - 0.2).abs() < 1e-9, "the builder's word is above the file's");
    assert_eq!(config.explain("auth.timeout").expect("a key").layer, Layer::Provider);
    assert_eq!(told(&mut events).len(), 1);

    // A key that is gone from the file falls back to what lies below.
    fs::write(&path, r#"{"heartbeat": {"interval": "4s"}}"#).expect("written");
    pass(3).await;
    assert_eq!(client.config().auth.timeout, secs(10));
}

#[tokio::test(start_paused = true)]
async fn r089_a_file_half_written_leaves_the_settings_as_they_are() {
    let path = folder("half").join("desk.json");
    fs::write(&path, r#"{"heartbeat": {"interval": "5s"}}"#).expect("written");
    let (dialer, server) = venue();
    let client = nova::connect(Desk).config(File::default().path(&path)).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    tokio::spawn(peer.rest());
    client.wait_ready().await.expect("ready");
    for (half, named) in [
        (r#"{"heartbeat": {"interval": "#, "half written"),
        (r#"{"heartbeat": {"interval": "0s"}}"#, "heartbeat.interval"),
        ("", "half written"),
    ] {
        let before = client.config();
        fs::write(&path, half).expect("written");
        pass(3).await;
        assert_eq!(client.config(), before, "{half}");
        let faults: Vec<_> = client.trace().find("error").map(ToString::to_string).collect();
        assert!(faults.last().is_some_and(|fault| fault.contains(named)), "{half}: {faults:?}");
        assert!(client.state().is_ready());
    }
    fs::write(&path, r#"{"heartbeat": {"interval": "7s"}}"#).expect("written");
    pass(3).await;
    assert_eq!(client.config().heartbeat.interval, Some(secs(7)));
}

/// Waits for what is written off the client's task.
async fn written(path: &std::path::Path, text: &str) {
    for _ in 0..200 {
        if fs::read_to_string(path).is_ok_and(|found| found.contains(text)) {
            return;
        }
        // The clock stands still for as long as another thread works.
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.expect("slept");
    }
    panic!("{text} never came to {}", path.display());
}

async fn kept(path: &std::path::Path) -> nova::Result<Handle<Desk>> {
    let (dialer, server) = venue();
    let client = nova::connect(Desk).persist(path).dialer(dialer).start()?;
    tokio::spawn(async move { server.ready().await.rest().await });
    client.wait_ready().await?;
    Ok(client)
}

#[tokio::test(start_paused = true)]
async fn changes_are_kept_for_the_next_start() {
    let path = folder("kept").join("desk.json");
    let client = kept(&path).await.expect("ready");
    client.configure(patch("heartbeat.interval", "3s")).await.expect("applied");
    client.configure(patch("reconnect.jitter", "0.5")).await.expect("applied");
    written(&path, "0.5").await;
    client.close().await;

    let client = kept(&path).await.expect("ready");
    let config = client.config();
    assert_eq!(config.heartbeat.interval, Some(secs(3)));
    assert_eq!(config.explain("reconnect.jitter").expect("a key").to_string(), "reconnect.jitter = 0.5 (configure)");
    client.close().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_and_does_not_validate_any_more_is_set_aside_with_a_warning() {
    for bad in [r#"{"heartbeat": {"missed": "0"}}"#, r#"{"heartbeat": {"beats": "2"}}"#, "{"] {
        let path = folder("aside").join("desk.json");
        fs::write(&path, bad).expect("written");
        let client = kept(&path).await.expect("ready all the same");
        assert_eq!(client.config().heartbeat.missed, 1);
        let fault = client.trace().find("persist").next().map(ToString::to_string).expect("a warning");
        assert!(fault.contains("desk.json.rejected"), "{fault}");
        assert!(!path.exists());
        assert_eq!(fs::read_to_string(path.with_file_name("desk.json.rejected")).expect("kept"), bad);
        client.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn r084_a_disk_that_takes_nothing_leaves_the_client_alive_and_the_change_in_force() {
    let occupied = folder("disk").join("file");
    fs::write(&occupied, "no folder").expect("written");
    let (dialer, server) = venue();
    let path = occupied.join("desk.json");
    let client = nova::connect(Desk).persist(&path).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    tokio::spawn(peer.rest());
    client.wait_ready().await.expect("ready");
    client.configure(patch("heartbeat.interval", "3s")).await.expect("applied");
    let mut faults = 0;
    for _ in 0..200 {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.expect("slept");
        settle().await;
        faults = client.trace().find("cannot be written").count();
        if faults > 0 {
            break;
        }
    }
    assert_eq!(faults, 1, "{:?}", client.trace().records());
    assert_eq!(client.config().heartbeat.interval, Some(secs(3)));
    assert!(client.state().is_ready());
}
