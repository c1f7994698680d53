//! What a failing scenario says.

use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::{SinkExt, StreamExt};
use nova::test::{MockServer, Scenario};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{dial, failing, playing, text};

fn connected() -> Scenario {
    Scenario::new().connect_success()
}

async fn assert_report(server: MockServer, expected: Expect) {
    expected.assert_eq(&failing(server).await);
}

#[tokio::test(start_paused = true)]
async fn another_message_than_the_expected() {
    let server = playing(
        connected()
            .send_json(json!({"welcome": true}))
            .delay(Duration::from_millis(1_500))
            .expect(json!({"op": "login", "args": {"key": "k"}})),
    );
    let mut socket = dial(&server).await.unwrap();
    socket.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    socket.send(text(r#"{"op":"login","args":{"key":"x"},"id":1}"#)).await.unwrap();
    assert_report(
        server,
        expect![[r#"
            the scenario failed 2.000s after the start, at step 4, on connection 1
              expected: JSON with {"args":{"key":"k"},"op":"login"}
              came:     text {"op":"login","args":{"key":"x"},"id":1}
              differs:  at /args/key: expected "k", found "x"
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 server: text {"welcome":true}
                -     2.000s JSON with {"args":{"key":"k"},"op":"login"}
                +     2.000s #1 client: text {"op":"login","args":{"key":"x"},"id":1}
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_nobody_wants() {
    let server = playing(connected().expect("one"));
    let mut socket = dial(&server).await.unwrap();
    socket.send(text("one")).await.unwrap();
    socket.send(text("two")).await.unwrap();
    assert_report(
        server,
        expect![[r"
            the scenario failed 0.000s after the start, at step 3, on connection 1
              expected: nothing more: the scenario is over
              came:     text two
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 client: text one
                -     0.000s nothing more: the scenario is over
                +     0.000s #1 client: text two
        "]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_left_over_at_the_end() {
    let server = playing(connected().delay(Duration::from_secs(1)).drop_tcp());
    let mut socket = dial(&server).await.unwrap();
    socket.send(text("early")).await.unwrap();
    assert_report(
        server,
        expect![[r"
            the scenario failed 1.000s after the start, at step 4, on connection 1
              expected: the end of the connection
              came:     text early before it, which no step took
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 client: text early
                -     1.000s the end of the connection
                +     1.000s text early before it, which no step took
        "]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_in_time() {
    let server = playing(connected().any_order(["a", "b"]).within(Duration::from_secs(3)));
    let mut socket = dial(&server).await.unwrap();
    socket.send(text("b")).await.unwrap();
    assert_report(
        server,
        expect![[r#"
            the scenario failed 3.000s after the start, at step 2, on connection 1
              expected: the text "a" within 3s
              came:     nothing
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 client: text b
                -     3.000s the text "a" within 3s
                +     3.000s nothing
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_at_all() {
    let server = playing(connected().drop_tcp().expect_reconnect());
    let _socket = dial(&server).await.unwrap();
    assert_report(
        server,
        expect![[r"
            the scenario failed 600.000s after the start
              expected: a reconnect
              came:     nothing for 600s
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 server: end
                -   600.000s a reconnect
                +   600.000s nothing for 600s
        "]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up() {
    let server = playing(connected().expect("more"));
    let mut socket = dial(&server).await.unwrap();
    socket.close(None).await.unwrap();
    assert_report(
        server,
        expect![[r#"
            the scenario failed 0.000s after the start, at step 2, on connection 1
              expected: the text "more"
              came:     close
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 client: close
                -     0.000s the text "more"
                +     0.000s #1 server: close
        "#]],
    )
    .await;

    let server = playing(connected().expect("more"));
    drop(dial(&server).await.unwrap());
    assert_report(
        server,
        expect![[r#"
            the scenario failed 0.000s after the start, at step 2, on connection 1
              expected: the text "more"
              came:     the end of the connection, by the client
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                      0.000s #1 client: end
                -     0.000s the text "more"
                +     0.000s the end of the connection, by the client
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_too_many() {
    let server = playing(connected());
    let _socket = dial(&server).await.unwrap();
    tokio::spawn(crate::support::stream_owned(server.dialer()));
    tokio::task::yield_now().await;
    assert_report(
        server,
        expect![[r"
            the scenario failed 0.000s after the start, at step 2, on connection 2
              expected: nothing more: the scenario is over
              came:     another connection attempt
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                -     0.000s nothing more: the scenario is over
                +     0.000s another connection attempt
        "]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_protocol() {
    use tokio::io::AsyncWriteExt;
    let server = playing(connected().delay(Duration::from_secs(1)));
    let mut socket = dial(&server).await.unwrap();
    socket.get_mut().write_all(&[0x81, 0x01, b'x']).await.unwrap();
    assert_report(
        server,
        expect![[r"
            the scenario failed 0.000s after the start, at step 2, on connection 1
              expected: frames as the protocol has them
              came:     a frame without a mask
              the last lines:
                      0.000s #1 client: upgrade /feed
                      0.000s #1 server: status 101
                -     0.000s frames as the protocol has them
                +     0.000s a frame without a mask
        "]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn credentials_are_not_shown() {
    let server = playing(connected().expect("hello"));
    let mut socket = dial(&server).await.unwrap();
    socket.send(Message::text(r#"{"client_secret":"s-123"}"#)).await.unwrap();
    let report = failing(server).await;
    assert!(!report.contains("s-123") && report.contains("(credentials)"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_scenario_ends_the_client_that_met_it() {
    #[nova::client(platform = "echo", profile = "financial")]
    struct Echoing;

    let server = playing(connected().expect("nova").disconnect(1000));
    let client = server.connect(Echoing).await.expect("ready");
    client.send("another").await.expect("sent");
    // Without an end it would dial for ever, and the test with it.
    let mut watch = client.watch();
    let _ = watch.until(|_| false).await;
    let error = watch.end().expect("an error").to_string();
    assert!(error.contains(r#"expected: the text "nova""#), "{error}");
    failing(server).await;
}
