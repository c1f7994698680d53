//! `ConnectionHandler`.

use nova::{
    CloseCode, ConnectionHandler, ConnectionInfo, Context, Credentials, Disconnect, Flow, Frame, Result, State,
    Transition,
};
use serde_json::json;

use super::{Notes, errors, payload, payload_of, ready, refused, subscribed};
use crate::support::{Plain, close_frame, pass, secs, settle, unvisited, venue};

#[tokio::test(start_paused = true)]
async fn an_error_of_init_ends_the_client_before_anything_is_dialled() {
    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn init(&mut self, cx: &mut Context<'_, Self>) -> Result {
            assert_eq!(cx.state(), State::Idle);
            Err(refused("no licence"))
        }
    }

    let (dialer, _server) = unvisited();
    let error = nova::connect(Desk).dialer(dialer.clone()).await.expect_err("refused");
    assert!(error.to_string().contains("no licence"), "{error}");
    assert_eq!(dialer.dials(), 0);
}

#[tokio::test(start_paused = true)]
async fn init_is_called_once_and_the_first_dial_waits_for_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn init(&mut self, cx: &mut Context<'_, Self>) -> Result {
            NOTES.write("init");
            tokio::time::sleep(secs(3)).await;
            cx.inherited().init().await
        }
    }

    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.clone()).start().expect("started");
    pass(secs(2)).await;
    assert_eq!((dialer.dials(), desk.state()), (0, State::Idle));
    drop(server.ready().await);
    let mut peer = server.ready().await;
    subscribed(&desk, &mut peer, "a").await;
    assert_eq!(NOTES.take(), ["init"]);
}

#[tokio::test(start_paused = true)]
async fn handle_connect_sees_each_connection_before_anything_is_said_on_it_and_may_refuse_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn handle_connect(&mut self, info: &ConnectionInfo, cx: &mut Context<'_, Self>) -> Result {
            NOTES.write(format!("{} {} {}", info.epoch, info.address, cx.state()));
            tokio::time::sleep(secs(1)).await;
            if info.epoch == 1 { Err(refused("not this one")) } else { cx.inherited().handle_connect(info).await }
        }
    }

    let (dialer, server) = venue();
    let key = Credentials::key("id", "secret");
    let desk = nova::connect(Desk).credentials(key).dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let mut peer = server.accept().await;
    while let Some(said) = peer.next_frame().await {
        assert!(!said.is_data(), "{said:?}");
    }
    let mut peer = server.accept().await;
    peer.expect_silence(secs(1) / 2).await;
    peer.answer("login", json!({})).await;
    peer.answer("prepare", json!(0)).await;
    desk.wait_ready().await.expect("ready");
    let note = |epoch| format!("{epoch} ws://venue.test/ authenticating");
    assert_eq!(NOTES.take(), [note(1), note(2)]);
    assert_eq!(errors(&mut events), ["a handler failed: not this one"]);
}

#[tokio::test(start_paused = true)]
async fn a_handle_connect_that_never_returns_costs_the_connection_and_not_the_client() {
    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn handle_connect(&mut self, _: &ConnectionInfo, _: &mut Context<'_, Self>) -> Result {
            std::future::pending().await
        }
    }

    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let mut peer = server.accept().await;
    peer.expect_silence(secs(9)).await;
    pass(secs(2)).await;
    assert_eq!(errors(&mut events), ["`handle_connect` took longer than 10s"]);
    assert!(!desk.state().is_terminal());
    server.accept().await;
}

#[tokio::test(start_paused = true)]
async fn handle_disconnect_is_told_of_each_end_whoever_made_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn handle_disconnect(&mut self, disconnect: &Disconnect, cx: &mut Context<'_, Self>) {
            let Disconnect { epoch, error, close, lasted, .. } = disconnect;
            let close = close.as_ref().map(|close| (close.code.0, close.reason.as_str()));
            NOTES.write(format!("{epoch} {error:?} {close:?} {}s", lasted.as_secs()));
            cx.inherited().handle_disconnect(disconnect).await;
        }
    }

    let (desk, server, mut peer) = ready(Desk).await;
    pass(secs(10)).await;
    peer.send_frame(close_frame(1001, "maintenance")).await;
    let second = server.ready().await;
    desk.wait_ready().await.expect("ready");
    desk.reconnect_now().expect("alive");
    drop(second);
    let third = server.ready().await;
    desk.wait_ready().await.expect("ready");
    drop(third);
    let fourth = server.ready().await;
    desk.wait_ready().await.expect("ready");
    tokio::spawn(fourth.rest());
    assert_eq!(desk.close().await, nova::Closed::Clean);
    settle().await;
    let notes = NOTES.take();
    let closed = format!("Closed {{ code: {:?}, class: None, reason: \"maintenance\" }}", CloseCode::AWAY);
    assert_eq!(notes[0], format!("1 {closed} Some((1001, \"maintenance\")) 10s"));
    assert_eq!(notes[1], "2 ClientClosed None 0s");
    assert!(notes[2].starts_with("3 Lost"), "{notes:?}");
    assert!(notes[3].starts_with("4 ClientClosed"), "{notes:?}");
    assert_eq!(notes.len(), 4, "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn handle_frame_sees_each_data_frame_before_it_is_decoded_and_may_keep_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn handle_frame(&mut self, frame: &Frame, cx: &mut Context<'_, Self>) -> Result<Flow> {
            let Some(text) = frame.as_text() else {
                NOTES.write(format!("{:?}", frame.payload()));
                return Ok(Flow::Consumed);
            };
            NOTES.write(text);
            if text.contains("\"keep\"") {
                return Ok(Flow::Consumed);
            }
            if text.contains("\"fail\"") {
                return Err(refused("odd"));
            }
            cx.inherited().handle_frame(frame).await
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    let (stream, ()) = tokio::join!(desk.stream("a"), settle());
    let mut stream = stream.expect("confirmed already");
    let mut events = desk.events();
    peer.push("a", json!("keep")).await;
    peer.push("a", json!("fail")).await;
    peer.push("a", json!("pass")).await;
    assert_eq!(payload(&desk).await, "pass");
    assert_eq!(payload_of(stream.next().await), "pass");
    peer.send_frame(Frame::binary(vec![1, 255])).await;
    settle().await;
    let seen = |data: &str| json!({"channel": "a", "data": data}).to_string();
    assert_eq!(NOTES.take(), [seen("keep"), seen("fail"), seen("pass"), "[1, 255]".to_owned()]);
    assert_eq!(errors(&mut events), ["a handler failed: odd"]);
}

#[tokio::test(start_paused = true)]
async fn handle_state_is_told_of_every_step_in_order() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ConnectionHandler))]
    struct Desk;

    impl ConnectionHandler for Desk {
        async fn handle_state(&mut self, transition: &Transition, cx: &mut Context<'_, Self>) {
            NOTES.write(format!("{} > {} ({})", transition.from, transition.to, transition.epoch));
            // Slower than the steps come.
            tokio::time::sleep(secs(1)).await;
            cx.inherited().handle_state(transition).await;
        }
    }

    let (desk, server, peer) = ready(Desk).await;
    drop(peer);
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    tokio::spawn(peer.rest());
    desk.close().await;
    pass(secs(10)).await;
    let steps = [
        "idle > connecting (0)",
        "connecting > authenticating (1)",
        "authenticating > restoring (1)",
        "restoring > ready (1)",
        "ready > backoff (1)",
        "backoff > connecting (1)",
        "connecting > authenticating (2)",
        "authenticating > restoring (2)",
        "restoring > ready (2)",
        "ready > draining (2)",
        "draining > closing (2)",
        "closing > closed (2)",
    ];
    assert_eq!(NOTES.take(), steps);
    let kept = desk.history().into_iter().map(|step| format!("{} > {} ({})", step.from, step.to, step.epoch));
    assert_eq!(kept.collect::<Vec<_>>(), steps);
}
