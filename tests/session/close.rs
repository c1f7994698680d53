//! Closing: in every state, from anywhere, any number of times, there is one end, in time, and nothing is dialled after it.

use std::{any::Any, future::Future, time::Duration};

use nova::{
    Closed, Context, Credentials, Error, Handle, Patch, Raw, State, patch,
    test::{Handshake, MockDialer, Scenario},
};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Plain, Server, pass, secs, settle, unvisited, venue};

#[nova::client(platform = Plain, profile = "standard")]
struct Desk;

/// Longer than any delay of the profile, all its attempts together.
const LONG: Duration = secs(3600);

/// Every state that is no end.
const STATES: [&str; 9] =
    ["idle", "connecting", "authenticating", "restoring", "ready", "backoff", "suspended", "draining", "closing"];

/// A client in a state, and what keeps it there.
struct Stage {
    desk: Handle<Desk>,
    dialer: MockDialer,
    kept: Box<dyn Any>,
}

impl Stage {
    async fn reach(name: &str) -> Self {
        let (dialer, server) = match name {
            "idle" | "backoff" | "suspended" => unvisited(),
            _ => venue(),
        };
        if name == "connecting" {
            server.script(Scenario::new().forever(Scenario::new().handshake(Handshake::stall())));
        }
        // So little that a send stays half written when nobody reads.
        let dialer = if name == "draining" { dialer.capacity(256) } else { dialer };
        let connect = nova::connect(Desk).dialer(dialer.clone());
        let connect = match name {
            "authenticating" => connect.credentials(Credentials::key("id", "secret")),
            "suspended" => connect.configure(Patch::new().breaker(patch::Breaker::new().failures(Some(1)))),
            _ => connect,
        };
        let desk = connect.start().expect("started");
        let kept = Self::act(name, &desk, server).await;
        assert_eq!(desk.state().name(), name);
        Self { desk, dialer, kept }
    }

    /// Plays the server up to the state.
    async fn act(name: &str, desk: &Handle<Desk>, server: Server) -> Box<dyn Any> {
        match name {
            "idle" => return Box::new(server),
            "connecting" => {
                settle().await;
                return Box::new(server);
            }
            "backoff" | "suspended" => {
                drop(server);
                settle().await;
                return Box::new(());
            }
            _ => {}
        }
        let mut peer = server.accept().await;
        if matches!(name, "ready" | "draining" | "closing") {
            peer.answer("prepare", json!("ok")).await;
        }
        settle().await;
        match name {
            "ready" => return Box::new((server, tokio::spawn(peer.rest()))),
            "draining" => desk.send("x".repeat(1024)).await.expect("buffered"),
            _ => {}
        }
        if matches!(name, "draining" | "closing") {
            tokio::spawn({
                let desk = desk.clone();
                async move { desk.close().await }
            });
            settle().await;
        }
        Box::new((server, peer))
    }
}

/// Everything somebody can wait for, and how each ended.
fn waiters(desk: &Handle<Desk>) -> Vec<(&'static str, JoinHandle<Result<(), Error>>)> {
    fn wait<F: Future<Output = Result<(), Error>> + Send + 'static>(
        name: &'static str,
        future: F,
    ) -> (&'static str, JoinHandle<Result<(), Error>>) {
        (name, tokio::spawn(future))
    }
    let of = || desk.clone();
    let (call, send, topic, stream, next, ready) = (of(), of(), of(), of(), of(), of());
    vec![
        wait("call", async move { call.call::<Value>("never", json!({})).await.map(drop) }),
        wait("send", async move { send.send("hello").await }),
        wait("subscribe", async move { topic.subscribe("never").await }),
        wait("stream", async move { stream.stream("never").await.map(drop) }),
        wait("next", async move {
            while next.next().await.is_some() {}
            Err(Error::ClientClosed)
        }),
        wait("wait_ready", async move { ready.wait_ready().await }),
    ]
}

#[tokio::test(start_paused = true)]
async fn r065_a_close_in_any_state_from_anywhere_is_one_end_in_time() {
    for name in STATES {
        let stage = Stage::reach(name).await;
        let desk = stage.desk;
        let waiting = waiters(&desk);
        if name != "idle" {
            settle().await;
        }
        let asked = Instant::now();
        let closing: Vec<_> = (0..8)
            .map(|_| {
                let desk = desk.clone();
                tokio::spawn(async move { desk.close().await })
            })
            .collect();
        let mine = desk.close().await;
        assert_eq!(desk.close().await, mine, "{name}: the second close");
        for other in closing {
            assert_eq!(other.await.expect("no panic"), mine, "{name}: another task's close");
        }
        assert!(asked.elapsed() <= secs(5), "{name}: took {:?}", asked.elapsed());
        let unanswered = matches!(name, "authenticating" | "restoring" | "draining" | "closing");
        assert_eq!(mine, if unanswered { Closed::Unclean } else { Closed::Clean }, "{name}");
        for (what, waiter) in waiting {
            let ended = waiter.await.expect("no panic");
            // A ready client is ready, and takes what it is given until it is closed.
            let may_be_done = matches!(name, "ready") && matches!(what, "wait_ready" | "send");
            assert!(ended.is_err() || may_be_done, "{name}: {what} ended as {ended:?}");
        }
        assert!(asked.elapsed() <= secs(5), "{name}: a waiter hung for {:?}", asked.elapsed());

        let dials = stage.dialer.dials();
        pass(LONG).await;
        assert_eq!(stage.dialer.dials(), dials, "{name}: dialled after the end");
        let ends = desk.history().iter().filter(|step| step.to.is_terminal()).count();
        assert_eq!((ends, desk.state()), (1, State::Closed), "{name}");
        assert!(matches!(desk.call::<Value>("late", json!({})).await, Err(Error::ClientClosed)), "{name}");
        assert!(matches!(desk.subscribe("late").await, Err(Error::ClientClosed)), "{name}");
        assert!(desk.next().await.is_none(), "{name}");
        drop(stage.kept);
    }
}

#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
struct Quitter;

impl nova::MessageHandler for Quitter {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> nova::Result {
        cx.deliver(message);
        cx.close();
        cx.close();
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn r065_a_handler_closes_its_own_client() {
    let (dialer, server) = venue();
    let desk = nova::connect(Quitter).dialer(dialer.clone()).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let next = tokio::spawn({
        let desk = desk.clone();
        async move { (desk.next().await.is_some(), desk.next().await.is_none()) }
    });
    settle().await;
    peer.push("a", json!(1)).await;
    peer.rest().await;
    assert_eq!(next.await.expect("no panic"), (true, true));
    assert_eq!(desk.close().await, Closed::Clean);
    pass(LONG).await;
    assert_eq!((dialer.dials(), desk.state()), (1, State::Closed));
}

#[tokio::test(start_paused = true)]
async fn r065_a_link_that_breaks_during_the_close_is_not_dialled_again() {
    for name in ["draining", "closing"] {
        let Stage { desk, dialer, kept } = Stage::reach(name).await;
        drop(kept);
        assert_eq!(desk.close().await, Closed::Unclean, "{name}");
        pass(LONG).await;
        assert_eq!((dialer.dials(), desk.state()), (1, State::Closed), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_leaves_before_the_close_frame() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    for number in 0..100 {
        desk.send(json!({"number": number})).await.expect("buffered");
    }
    let closing = tokio::spawn({
        let desk = desk.clone();
        async move { desk.close().await }
    });
    for number in 0..100 {
        assert_eq!(peer.receive().await["number"], number);
    }
    peer.rest().await;
    assert_eq!(closing.await.expect("no panic"), Closed::Clean);
}

#[nova::client(platform = Plain, profile = "standard", rate_limit(capacity = 1, refill = "1/s"))]
struct Slow;

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_limiter_leaves_before_the_close_frame() {
    let (dialer, server) = venue();
    let desk = nova::connect(Slow).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    pass(secs(10)).await;
    let sends: Vec<_> = (0..3)
        .map(|number| {
            let desk = desk.clone();
            tokio::spawn(async move { desk.send(json!({"number": number})).await })
        })
        .collect();
    settle().await;
    let closing = tokio::spawn({
        let desk = desk.clone();
        async move { desk.close().await }
    });
    for number in 0..3 {
        assert_eq!(peer.receive().await["number"], number);
    }
    peer.rest().await;
    assert_eq!(closing.await.expect("no panic"), Closed::Clean);
    for send in sends {
        send.await.expect("no panic").expect("sent");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_closes_the_client() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.clone()).start().expect("started");
    let peer = server.ready().await;
    let watch = desk.watch();
    desk.wait_ready().await.expect("ready");
    drop(desk.clone());
    settle().await;
    assert!(watch.now().is_ready(), "a handle is left");
    drop(desk);
    peer.rest().await;
    pass(LONG).await;
    assert_eq!((watch.now(), dialer.dials()), (State::Closed, 1));
}

#[tokio::test(start_paused = true)]
async fn an_abort_in_any_state_is_the_end_at_once() {
    for name in STATES {
        let Stage { desk, dialer, kept } = Stage::reach(name).await;
        let waiting = waiters(&desk);
        let asked = Instant::now();
        desk.abort();
        desk.abort();
        let closed = desk.close().await;
        let linked = !matches!(name, "idle" | "connecting" | "backoff" | "suspended");
        assert_eq!(closed, if linked { Closed::Unclean } else { Closed::Clean }, "{name}");
        for (what, waiter) in waiting {
            let ended = waiter.await.expect("no panic");
            assert!(
                ended.is_err() || (name == "ready" && matches!(what, "wait_ready" | "send")),
                "{name}: {what} ended as {ended:?}"
            );
        }
        assert_eq!(asked.elapsed(), Duration::ZERO, "{name}");
        drop(kept);
        let dials = dialer.dials();
        pass(LONG).await;
        assert_eq!((desk.state(), dialer.dials()), (State::Closed, dials), "{name}: dialled after the end");
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_says_nothing_to_the_peer_and_drops_the_callback_that_is_pending() {
    #[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
    struct Stuck;

    impl nova::MessageHandler for Stuck {
        async fn handle_message(&mut self, _: Raw, _: &mut Context<'_, Self>) -> nova::Result {
            std::future::pending().await
        }
    }

    let (dialer, server) = venue();
    let stuck = nova::connect(Stuck).dialer(dialer).start().expect("started");
    let mut events = stuck.events();
    let mut peer = server.ready().await;
    stuck.wait_ready().await.expect("ready");
    peer.push("a", json!(1)).await;
    settle().await;
    stuck.send("never written").await.expect("buffered");
    let asked = Instant::now();
    stuck.abort();
    let heard = peer.next_frame().await;
    assert_eq!(heard, None, "neither what waited nor a close frame");
    // Its task is gone when nothing is told any more.
    while events.next().await.is_some() {}
    assert_eq!(asked.elapsed(), Duration::ZERO);
}
