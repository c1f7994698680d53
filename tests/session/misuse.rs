//! A client used where or when it should not be: a typed answer at once, and never a panic.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread,
};

use nova::{CloseCode, Closed, Error, Frame, Handle, Patch, State};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::support::{Plain, Server, nowhere, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Wakes a thread that knows nothing of tokio.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// An executor without a runtime.
fn drive<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn r110_outside_a_runtime_a_client_is_refused_by_a_typed_error() {
    let dialer = nowhere();
    let started = nova::connect(Desk).dialer(dialer.clone()).start();
    assert!(matches!(started, Err(Error::NoRuntime)), "{started:?}");
    let awaited = drive(nova::connect(Desk).dialer(dialer).into_future());
    assert!(matches!(awaited, Err(Error::NoRuntime)), "{awaited:?}");
}

#[test]
fn r110_a_running_client_serves_callers_outside_its_runtime() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (desk, far): (Handle<Desk>, _) = runtime.block_on(async {
        let (dialer, server) = venue();
        let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
        let peer = server.ready().await;
        (desk, (server, tokio::spawn(crate::support::serve(peer, crate::support::Log::default()))))
    });
    drive(async {
        desk.wait_ready().await.expect("ready");
        desk.subscribe("topic").await.expect("confirmed");
        assert!(desk.subscribe_many(["a", "b"]).await.expect("asked").rejected.is_empty());
        assert_eq!(desk.call::<Value>("work", json!({})).await.expect("answered"), json!(0));
        desk.send(json!({"note": 1})).await.expect("sent");
        desk.configure(Patch::new().set("connection.timeout", "3s").expect("a duration")).await.expect("applied");
        drop(desk.stream("stream").await.expect("opened"));
        desk.unsubscribe("topic").await.expect("left");
        assert_eq!(desk.close().await, Closed::Clean);
    });
    drop(far);
}

/// A ready client and its venue.
async fn ready() -> (Handle<Desk>, Server, crate::support::Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

#[tokio::test(start_paused = true)]
async fn r111_after_the_close_every_use_is_answered_at_once() {
    let (desk, _server, peer) = ready().await;
    let ((), closed) = tokio::join!(peer.rest(), desk.close());
    assert_eq!(closed, Closed::Clean);
    let asked = tokio::time::Instant::now();
    let over: [(&str, Result<(), Error>); 12] = [
        ("call", desk.call::<Value>("late", json!({})).await.map(drop)),
        ("send", desk.send("late").await),
        ("send_value", desk.send_value(&7).await),
        ("deliver", desk.deliver("late").await),
        ("announce", desk.announce("late").await),
        ("subscribe", desk.subscribe("late").await),
        ("subscribe_many", desk.subscribe_many(["late"]).await.map(drop)),
        ("unsubscribe", desk.unsubscribe("late").await),
        ("stream", desk.stream("late").await.map(drop)),
        ("configure", desk.configure(Patch::new()).await.map(drop)),
        ("wait_ready", desk.wait_ready().await),
        ("reconnect_now", desk.reconnect_now()),
    ];
    for (what, result) in over {
        assert!(matches!(result, Err(Error::ClientClosed | Error::Unsupported { .. })), "{what}: {result:?}");
    }
    assert!(desk.next().await.is_none());
    assert_eq!(desk.close().await, Closed::Clean);
    desk.abort();
    assert_eq!((desk.state(), asked.elapsed().as_millis()), (State::Closed, 0));
}

#[tokio::test(start_paused = true)]
async fn r111_no_reason_is_cut_inside_a_character_and_no_code_is_sent_that_may_not_be() {
    // 61 characters of two bytes: the next one would end behind the 123rd byte.
    let (long, cut) = ("é".repeat(100), "é".repeat(61));
    let cases = [
        (CloseCode(4000), long.as_str(), Some((CloseCode(4000), cut.as_str()))),
        (CloseCode(4000), "bye", Some((CloseCode(4000), "bye"))),
        (CloseCode(1005), "bye", None),
        (CloseCode(1006), "bye", None),
        (CloseCode(1015), "bye", None),
        (CloseCode(0), "bye", None),
    ];
    for (code, reason, expected) in cases {
        let (desk, _server, mut peer) = ready().await;
        let closing = tokio::spawn({
            let (desk, reason) = (desk.clone(), reason.to_owned());
            async move { desk.close_with(code, reason).await }
        });
        settle().await;
        let Some(Frame::Close(close)) = peer.next_frame().await else { panic!("{code}: no close frame") };
        let said = close.as_ref().map(|close| (close.code, &*close.reason));
        assert_eq!(said, expected, "{code}");
        drop(peer);
        closing.await.expect("no panic");
    }
}
