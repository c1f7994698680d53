//! `HeartbeatHandler`.

use std::time::Duration;

use nova::{Beat, Config, Context, Frame, Heartbeat, HeartbeatHandler, Lent, Outgoing, View};
use serde_json::json;
use tokio::time::Instant;

use super::{Notes, ready};
use crate::support::{Peer, Plain, pass, secs};

/// The next frame of any kind, if one comes in time, and how long it took.
async fn frame(peer: &mut Peer, time: Duration) -> Option<(Frame, Duration)> {
    let asked = Instant::now();
    let frame = tokio::time::timeout(time, peer.next_frame()).await.ok()?;
    Some((frame.expect("connected"), asked.elapsed()))
}

#[tokio::test(start_paused = true)]
async fn without_an_interval_there_is_no_heartbeat_and_silence_is_fine() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(HeartbeatHandler))]
    struct Desk;

    impl HeartbeatHandler for Desk {
        fn interval(config: &Config, view: View<'_, Self>) -> Option<Duration> {
            NOTES.write(format!("{:?} {:?}", config.heartbeat.interval, view.inherited().interval(config)));
            None
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    assert_eq!(frame(&mut peer, secs(3600)).await, None);
    assert!(desk.state().is_ready());
    assert_eq!(NOTES.take(), ["Some(15s) Some(15s)"], "once a connection");
}

#[tokio::test(start_paused = true)]
async fn the_interval_is_how_long_a_link_may_be_silent() {
    #[nova::client(platform = Plain, profile = "financial", overrides(HeartbeatHandler))]
    struct Desk;

    impl HeartbeatHandler for Desk {
        fn interval(config: &Config, view: View<'_, Self>) -> Option<Duration> {
            view.inherited().interval(config).map(|interval| interval / 5)
        }
    }

    let (_desk, _server, mut peer) = ready(Desk).await;
    for _ in 0..3 {
        let (ping, after) = frame(&mut peer, secs(60)).await.expect("a ping");
        assert!(matches!(ping, Frame::Ping(_)), "{ping:?}");
        assert_eq!(after.as_secs(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn heartbeat_makes_what_is_sent_instead_of_a_ping() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(HeartbeatHandler))]
    struct Desk;

    impl HeartbeatHandler for Desk {
        fn heartbeat(lent: &mut Lent<'_, Self>) -> Heartbeat {
            NOTES.write(format!("{:?}", lent.inherited().heartbeat()));
            Heartbeat::Send(Outgoing::json(r#"{"op":"ping"}"#))
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    for _ in 0..3 {
        let (beat, after) = frame(&mut peer, secs(60)).await.expect("a heartbeat");
        assert_eq!((beat, after.as_secs()), (Frame::text(r#"{"op":"ping"}"#), 15));
        peer.send(json!({"op": "pong"})).await;
    }
    assert_eq!(NOTES.take(), ["Ping"; 3]);
    let (_, _) = frame(&mut peer, secs(60)).await.expect("a heartbeat");
    pass(secs(6)).await;
    assert!(!desk.state().is_ready(), "an unanswered one ends the link as a ping does");
}

#[tokio::test(start_paused = true)]
async fn handle_heartbeat_is_told_what_became_of_each() {
    static NOTES: Notes = Notes::new();

    #[nova::client(
        platform = Plain, heartbeat(interval = "10s", timeout = "5s", missed = 2), overrides(HeartbeatHandler),
    )]
    struct Desk;

    impl HeartbeatHandler for Desk {
        async fn handle_heartbeat(&mut self, beat: &Beat, cx: &mut Context<'_, Self>) {
            NOTES.write(format!("{beat:?}"));
            cx.inherited().handle_heartbeat(beat).await;
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    pass(secs(12)).await;
    // Reading answers the ping of two seconds ago.
    peer.expect_silence(secs(1)).await;
    assert_eq!(NOTES.take(), ["Sent", "Answered { after: 2s }"]);
    peer.send(json!({"ask": "alive"})).await;
    assert_eq!(peer.receive().await, json!({"alive": true}));
    assert_eq!(NOTES.take(), ["Asked"]);
    pass(secs(10)).await;
    assert_eq!(NOTES.take(), ["Sent"]);
    pass(secs(5)).await;
    assert_eq!(NOTES.take(), ["Missed { missed: 1 }", "Sent"]);
    assert!(desk.state().is_ready());
    pass(secs(5)).await;
    assert_eq!(NOTES.take(), ["Missed { missed: 2 }"]);
    assert!(!desk.state().is_ready());
}
