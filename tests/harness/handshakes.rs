//! Every way in which an upgrade can be answered, and what nova makes of it.

use std::time::Duration;

use nova::{
    Error,
    test::{Handshake, MockServer, Scenario},
};

use crate::support::playing;

#[nova::client(platform = "echo", profile = "financial")]
struct Echoing;

async fn answered(handshake: Handshake) -> (MockServer, Result<nova::Handle<Echoing>, Error>) {
    let server = playing(Scenario::new().handshake(handshake));
    let once = nova::Patch::new().set("reconnect.max_attempts", "0").expect("a setting");
    let client = server.connect(Echoing).configure(once).await;
    (server, client)
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_how_its_upgrade_failed() {
    let slow = Handshake::accept().header("X-Node", "7").delay(Duration::from_secs(2));
    let (server, client) = answered(slow).await;
    client.expect("late, and in time");
    assert_eq!(server.transcript()[1].at, Duration::from_secs(2));
    drop(server);

    let busy = Handshake::reject(503).header("Retry-After", "7").body("try again later");
    let (server, client) = answered(busy).await;
    let error = client.expect_err("refused");
    let Error::Rejected { status: 503, body, retry_after: Some(wait), .. } = &error else { panic!("{error:?}") };
    assert_eq!((&**body, *wait), ("try again later", Duration::from_secs(7)));
    server.finished().await;

    for (handshake, kind) in [
        (Handshake::wrong_accept(), "upgrade"),
        (Handshake::accept().header("Sec-WebSocket-Extensions", "permessage-deflate"), "upgrade"),
        (Handshake::garbage("SSH-2.0-OpenSSH_9.6\r\n"), "upgrade"),
        (Handshake::hang_up(), "lost"),
        (Handshake::stall(), "timeout"),
    ] {
        let shown = format!("{handshake:?}");
        let (server, client) = answered(handshake).await;
        let error = client.expect_err("failed");
        let is_it = match kind {
            "upgrade" => matches!(error, Error::Upgrade { .. }),
            "lost" => matches!(error, Error::Lost { .. } | Error::Upgrade { .. }),
            _ => matches!(error, Error::Timeout { .. }),
        };
        assert!(is_it, "{shown}: {error:?}");
        server.finished().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_frames_may_come_with_the_answer() {
    let server = playing(Scenario::new().handshake(Handshake::accept().body([0x81, 2, b'h', b'i'])));
    let client = server.connect(Echoing).start().expect("started");
    let first = client.next().await.and_then(nova::Item::message).expect("a message");
    assert_eq!(first.text(), Some("hi"));
    server.finished().await;
}

#[tokio::test(start_paused = true)]
async fn requests_are_kept_and_show_no_secrets() {
    let server = playing(Scenario::new().connect_success());
    let url = "ws://mock.test/feed?token=k-123";
    let client = server.connect(Echoing).url(url).header("X-Key", "k-123").await.expect("ready");
    let requests = server.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((request.target(), request.path()), ("/feed?token=k-123", "/feed"));
    assert_eq!((request.header("x-key"), request.header("X-None")), (Some("k-123"), None));
    assert!(request.head().starts_with("GET /feed?token=k-123 HTTP/1.1\r\n") && request.head().ends_with("\r\n\r\n"));
    let shown = format!("{requests:?} {:?} {}", server.transcript(), server.transcript()[0]);
    assert!(!shown.contains("k-123"), "{shown}");
    drop(client);
}
