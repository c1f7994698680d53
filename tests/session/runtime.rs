//! The runtime ends before its clients: nobody hangs, nobody panics, and everybody is told.

use std::{
    cell::RefCell,
    env,
    process::Command,
    sync::{OnceLock, mpsc},
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

/// Set for the program that ends in the wrong order.
const CHILD: &str = "NOVA_TEST_WRONG_ORDER";

/// What a program has that its end finds.
struct Program(Option<Handle<Desk>>, Option<Runtime>);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.1.take());
        drop(self.0.take());
    }
}

thread_local! {
    /// Dropped with the thread, inside its own end.
    static OF_THREAD: RefCell<Vec<Program>> = const { RefCell::new(Vec::new()) };
}

/// Never dropped: the process ends around it.
static OF_PROCESS: OnceLock<(Runtime, Handle<Desk>)> = OnceLock::new();

/// Runs itself in a process of its own, whose end is what is looked at.
#[test]
fn r083_a_program_that_ends_around_its_clients_ends_and_does_not_panic() {
    if env::var_os(CHILD).is_some() {
        let mut programs = Vec::new();
        for state in ["connecting", "restoring", "ready"] {
            let (runtime, desk, far) = started(state);
            drop(far);
            programs.push(Program(Some(desk), Some(runtime)));
        }
        OF_THREAD.set(programs);
        let (runtime, desk, _far) = started("ready");
        assert!(OF_PROCESS.set((runtime, desk)).is_ok(), "once");
        return;
    }
    within_patience("a program", || {
        let test = "runtime::r083_a_program_that_ends_around_its_clients_ends_and_does_not_panic";
        let mut program = Command::new(env::current_exe().expect("this program"));
        let child = program.args(["--exact", test]).env(CHILD, "1").output().expect("it runs");
        let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success() && said.contains("1 passed") && !said.contains("panicked"), "{said}");
    });
}
