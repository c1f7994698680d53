//! The runtime ends before its clients: nobody hangs, nobody panics, and everybody is told.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use nova::{Closed, Error, Handle, State};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::support::{Peer, Plain, Server, endless, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `does` on a thread of its own, and fails if it hangs or panics.
fn within_patience(name: &str, does: impl FnOnce() + Send + 'static) {
    let (done, told) = mpsc::channel();
    thread::spawn(move || {
        does();
        let _ = done.send(());
    });
    match told.recv_timeout(PATIENCE) {
        Ok(()) => {}
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name} hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{name} panicked"),
    }
}

/// A runtime with a client in a state, and what keeps it there.
fn started(name: &'static str) -> (Runtime, Handle<Desk>, Option<(Server, Peer)>) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (desk, far) = runtime.block_on(async {
        let (desk, far) = if name == "connecting" {
            (nova::connect(Desk).dialer(endless()).start().expect("started"), None)
        } else {
            let (dialer, server) = venue();
            let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
            let peer = if name == "restoring" { server.accept().await } else { server.ready().await };
            (desk, Some((server, peer)))
        };
        let reached = desk.watch().until(|state| state.name() == name).await;
        assert!(reached.is_ok(), "{name}: {reached:?}");
        (desk, far)
    });
    (runtime, desk, far)
}

#[test]
fn r083_a_runtime_that_ends_tells_whoever_still_holds_a_client() {
    for name in ["connecting", "restoring", "ready"] {
        within_patience(name, move || {
            let (runtime, desk, _far) = started(name);
            let call = runtime.spawn({
                let desk = desk.clone();
                async move { desk.call::<Value>("never", json!({})).await }
            });
            drop(call);
            let ended = Instant::now();
            drop(runtime);
            assert!(ended.elapsed() < PATIENCE / 2, "{name}: the runtime took {:?} to end", ended.elapsed());
            assert_eq!(desk.state(), State::Failed, "{name}");
            // On another runtime everything is answered, and at once.
            let other = Builder::new_current_thread().enable_all().build().expect("a runtime");
            other.block_on(async {
                assert!(matches!(desk.call::<Value>("late", json!({})).await, Err(Error::Ended { .. })), "{name}");
                assert!(matches!(desk.subscribe("late").await, Err(Error::Ended { .. })), "{name}");
                assert!(desk.next().await.is_none(), "{name}");
                assert_eq!(desk.close().await, Closed::Unclean, "{name}");
            });
            desk.abort();
        });
    }
}

#[test]
fn r083_a_client_dropped_after_its_runtime_or_inside_another_drop_is_no_panic() {
    struct Outer(Option<Handle<Desk>>);

    impl Drop for Outer {
        fn drop(&mut self) {
            drop(self.0.take());
        }
    }

    within_patience("a handle that outlives its runtime", || {
        let (runtime, desk, _far) = started("ready");
        let outer = Outer(Some(desk.clone()));
        drop(runtime);
        drop((outer, desk));
    });
    within_patience("a handle inside another drop", || {
        let (runtime, desk, _far) = started("ready");
        let outer = Outer(Some(desk));
        runtime.spawn(async move { drop(outer) });
        drop(runtime);
    });
    within_patience("a runtime that is shut down in the background", || {
        let (runtime, desk, _far) = started("ready");
        runtime.shutdown_background();
        drop(desk);
    });
}
