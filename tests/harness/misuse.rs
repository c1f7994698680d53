//! A harness that is held wrongly says so.

use std::{panic::AssertUnwindSafe, time::Duration};

use nova::test::{Handshake, Matcher, MockServer, Scenario};

use crate::support::{dial, panic_of, playing, refused, words};

fn told(misuse: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(misuse)).expect_err("it is told");
    words(panic)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_dropped_too_early() {
    let report = told(|| drop(MockServer::memory()));
    assert!(report.contains("nobody dialled the server at ws://mock.test/"), "{report}");
    let report = told(|| drop(playing(Scenario::new().connect_success())));
    assert!(report.contains("nobody dialled"), "{report}");

    let server = MockServer::memory();
    let _stream = crate::support::stream(&server).await;
    let report = told(|| drop(server));
    assert!(report.contains("nobody took it up: call `script(..)` or `accept()`"), "{report}");

    let server = playing(Scenario::new().connect_success().expect("hello"));
    let _socket = dial(&server).await.unwrap();
    let report = told(|| drop(server));
    let unfinished = r#"expected: the text "hello"
  came:     the end of the server: the scenario was not finished"#;
    assert!(report.contains(unfinished), "{report}");

    let server = playing(Scenario::new().connect_success().drop_tcp());
    let _socket = dial(&server).await.unwrap();
    refused(&server).await;
    let report = told(|| drop(server));
    assert!(report.contains("another connection attempt"), "a failure that nobody asked for: {report}");
}

#[tokio::test(start_paused = true)]
async fn nobody_need_come_where_the_scenario_says_so() {
    let server = playing(Scenario::new());
    server.finished().await;
    drop(server);
    let server = playing(Scenario::new());
    refused(&server).await;
    assert!(told(|| drop(server)).contains("expected: nothing more: the scenario is over"));
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_cannot_work() {
    let (connected, new) = (|| Scenario::new().connect_success(), Scenario::new);
    for (scenario, reason) in [
        (new().send_text("x"), "a send needs a connection: `connect_success()` comes first"),
        (connected().drop_tcp().expect("x"), "the text \"x\" needs a connection"),
        (connected().connect_success(), "`expect_reconnect()` comes before the next attempt"),
        (connected().send_text("x").reply_with(Clone::clone), "a reply belongs behind the `expect(..)`"),
        (connected().parallel([connected()]), "is for the script of a server"),
        (connected().repeat(2, new().send_text("x").drop_tcp()), "needs a connection"),
        (new().handshake(Handshake::reject(503)).send_text("x"), "needs a connection"),
    ] {
        let server = MockServer::memory();
        let told = told(AssertUnwindSafe(|| server.script(scenario)));
        assert!(told.contains(reason), "{told}");
        server.script(new());
    }
    let told = [
        (told(|| drop(new().send_text("x").within(Duration::ZERO))), "`within` belongs behind a step that waits"),
        (told(|| drop(connected().drop_tcp().not_before(Duration::ZERO))), "`not_before` belongs behind"),
        (told(|| drop(Matcher::regex("("))), "`(` is no regular expression"),
        (told(|| drop(Matcher::path("op", 1))), "`op` is no JSON pointer"),
    ];
    for (told, reason) in told {
        assert!(told.contains(reason), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_scripted_or_accepted_from() {
    let server = playing(Scenario::new());
    assert!(told(|| server.script(Scenario::new())).contains("a server plays one scenario"));
    let accepting = panic_of(tokio::spawn(async move { server.accept().await })).await;
    assert!(accepting.contains("it takes every connection"), "{accepting}");
    let server = MockServer::memory();
    let finishing = panic_of(tokio::spawn(async move { server.finished().await })).await;
    assert!(finishing.contains("call `script(..)` first"), "{finishing}");
}

#[tokio::test(start_paused = true)]
async fn virtual_time_and_a_real_socket_are_refused() {
    for server in [MockServer::tcp().await, MockServer::tls().await] {
        let error = server.expect_err("refused").to_string();
        assert!(error.contains("is virtual") && error.contains("MockServer::memory()"), "{error}");
    }
}

#[test]
fn a_server_outside_a_runtime() {
    assert!(told(|| drop(MockServer::memory())).contains("needs a tokio runtime"));
}
