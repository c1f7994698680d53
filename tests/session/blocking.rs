//! Handlers that block their thread for longer than any patience, in real time: on one thread with everybody else, and on several.

use std::{thread, time::Duration};

use nova::{Context, Event, Handle, MessageHandler, Patch, Raw, Result, patch};
use serde_json::json;
use tokio::{runtime::Builder, time::Instant};

use crate::support::{Log, Peer, Plain, serve, venue};

/// Three times the patience of the heartbeat.
const BLOCKED: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_millis(500);

#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Blocking;

impl MessageHandler for Blocking {
    async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> Result {
        thread::sleep(BLOCKED);
        Ok(())
    }
}

#[nova::client(platform = Plain, profile = "financial")]
struct Other;

fn impatient() -> Patch {
    Patch::new().heartbeat(patch::Heartbeat::new().interval(Some(PATIENCE)).timeout(PATIENCE))
}

async fn other() -> Handle<Other> {
    let (dialer, server) = venue();
    let client = nova::connect(Other).configure(impatient()).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    peer.answer("prepare", json!("ok")).await;
    tokio::spawn(serve(peer, Log::default()));
    client.wait_ready().await.expect("ready");
    client
}

/// Blocks a client; returns how many calls of another were answered meanwhile.
async fn calls_while_blocked() -> u64 {
    let other = other().await;
    let (dialer, server) = venue();
    let client = nova::connect(Blocking).configure(impatient()).dialer(dialer).start().expect("started");
    let mut events = client.events();
    let mut peer: Peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    let begun = Instant::now();
    peer.push("a", json!(1)).await;
    tokio::spawn(peer.rest());
    let stalled = async {
        loop {
            match events.next().await.expect("it lives") {
                Event::Stalled { stalled } => break stalled,
                Event::Error(error) => panic!("{error}"),
                _ => {}
            }
        }
    };
    let calling = async {
        let mut calls = 0;
        loop {
            other.call::<u64>("any", json!({})).await.expect("answered");
            calls += u64::from(begun.elapsed() < BLOCKED);
            tokio::task::yield_now().await;
            if begun.elapsed() > BLOCKED + PATIENCE * 3 {
                break calls;
            }
        }
    };
    let (stalled, calls) = tokio::join!(stalled, calling);
    assert!(stalled + PATIENCE >= BLOCKED, "{stalled:?}");
    for history in [client.history(), other.history()] {
        assert_eq!(history.last().map(|step| (step.to.is_ready(), step.epoch)), Some((true, 1)), "{history:?}");
    }
    println!("blocked for {BLOCKED:?}: told as {stalled:?}; {calls} calls of another client were answered meanwhile");
    calls
}

#[test]
fn r079_a_handler_that_blocks_the_only_thread_is_not_held_against_any_peer() {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(calls_while_blocked());
}

#[test]
fn r079_a_handler_that_blocks_one_thread_of_several_stops_its_own_client_only() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let calls = runtime.block_on(calls_while_blocked());
    assert!(calls > 20, "{calls} calls of another client");
}
