//! The seed system's example, the same every time; and a week of disconnects.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use nova::{
    Item,
    test::{Line, MockServer, Scenario},
};
use serde_json::json;

#[nova::client(platform = "echo", profile = "financial")]
struct Echoing;

#[tokio::test(start_paused = true)]
async fn comes_back_after_a_clean_close() -> nova::Result {
    let server = MockServer::memory();
    let hello = Scenario::new().connect_success().send_json(json!({"welcome": true}));
    server.script(hello.disconnect(1000).expect_reconnect().connect_success());
    let client = server.connect(Echoing).start()?;
    let welcome = client.next().await.and_then(Item::message).expect("a message");
    assert_eq!(welcome.text(), Some(r#"{"welcome":true}"#));
    server.finished().await;
    Ok(())
}

/// A runtime without a driver for sockets, whose clock stands still unless a timer is waited for.
fn virtually<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}

#[test]
fn a_thousand_runs_with_one_seed_have_one_transcript() {
    /// Jitter decides when the third attempt comes.
    async fn run() -> Vec<Line> {
        let server = MockServer::memory();
        let refused = Scenario::new().reject(503, &[]).expect_reconnect();
        let hello = Scenario::new().connect_success().send_text("welcome").disconnect(1000).expect_reconnect();
        server.script(hello.repeat(2, refused).connect_success());
        let _client = server.connect(Echoing).seed(7).await.expect("ready");
        server.finished().await;
        server.transcript()
    }
    let (start, first) = (Instant::now(), virtually(run()));
    for _ in 1..1_000 {
        assert_eq!(virtually(run()), first);
    }
    let (real, each) = (start.elapsed(), first.last().expect("lines").at);
    println!("1,000 runs of {each:?}: {real:?}");
    assert!(real < 1_000 * each, "timers wait for real time: {real:?}");
}

#[test]
fn a_week_of_hourly_disconnects_takes_no_week() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let start = Instant::now();
    let week = virtually(async {
        let server = MockServer::memory();
        let hour =
            Scenario::new().delay(HOUR).disconnect(1000).expect_reconnect().within(HOUR / 3_600).connect_success();
        server.script(Scenario::new().connect_success().repeat(7 * 24, hour));
        let _client = server.connect(Echoing).await.expect("ready");
        server.finished().await;
        assert_eq!(server.dials(), 7 * 24 + 1);
        server.transcript().last().expect("lines").at
    });
    println!("{week:?} with 168 disconnects: {:?}", start.elapsed());
    assert!(week > 7 * 24 * HOUR);
    assert!(start.elapsed() < HOUR / 60, "{:?}", start.elapsed());
}
