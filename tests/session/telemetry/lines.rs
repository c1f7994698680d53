//! The log: an outage of hours in a few lines, and nothing of the network's that a terminal would obey.

use nova::{Connect, Patch};
use tracing::Level;

use super::log::Log;
use crate::{
    script::{Act, scripted},
    support::{Peer, Plain, close_frame, pass, secs, settle, venue},
};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

#[tokio::test(start_paused = true)]
async fn r085_ten_hours_of_failing_attempts_are_a_line_each_at_first_and_then_few() {
    let (log, _open) = Log::open();
    let (dialer, dialled) = scripted([Act::HangUp]);
    let desk = nova::connect(Desk).dialer(dialer).configure(breaker_off()).start().expect("started");
    pass(secs(10 * 3_600)).await;
    let attempts = usize::try_from(dialled.dials()).expect("few");
    assert!(attempts > 1_000, "{attempts}");
    let lines: Vec<_> = log.lines(Level::INFO).into_iter().filter(|line| line.contains("nova::connection")).collect();
    let attempt = |line: &String| line.split("attempt=").nth(1)?.split(' ').next()?.parse::<u32>().ok();
    let told: Vec<_> = lines.iter().filter_map(attempt).collect();
    let few = (1..=10).chain((20..=100).step_by(10)).chain((200..).step_by(100)).take(told.len());
    assert_eq!(told, few.collect::<Vec<_>>());
    assert!(lines.len() < 19 + attempts / 100 + 2 && lines.len() == told.len(), "{} lines", lines.len());
    assert!(desk.history().len() <= 1_024 && desk.trace().records().len() <= 2 * 1_024);
    assert!(!desk.state().is_terminal());
}

fn breaker_off() -> Patch {
    Patch::new().set("breaker.failures", "off").expect("a setting")
}

/// The lines over a ready client that the venue does something to.
async fn over(connect: Connect<Desk>, does: impl AsyncFnOnce(&mut Peer)) -> Vec<String> {
    let (log, _open) = Log::open();
    let (dialer, server) = venue();
    let desk = connect.dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    does(&mut peer).await;
    settle().await;
    log.lines(Level::TRACE)
}

#[tokio::test(start_paused = true)]
async fn r076_what_the_network_says_is_escaped_and_cut_in_every_line() {
    const HOSTILE: &str = "\u{1b}]0;owned\u{7}\r\n2026 INFO forged\u{202e}";
    let reason = over(nova::connect(Desk), async |peer| {
        peer.send_frame(close_frame(4_000, HOSTILE)).await;
    });
    let long = format!("{HOSTILE}{}", "x".repeat(2 * 1024 * 1024));
    let message = over(nova::connect(Desk), async |peer| {
        peer.send(serde_json::json!({"fail": long})).await;
    });
    for (what, lines) in [("a close reason", reason.await), ("an error's body", message.await)] {
        assert!(lines.iter().any(|line| line.contains("forged")), "{what} is not logged: {lines:#?}");
        for line in &lines {
            assert!(!line.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{what}: {line:?}");
            assert!(line.len() < 4_096, "{what}: a line of {} bytes", line.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r085_thousands_of_long_errors_are_kept_small() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    for number in 0..10_000 {
        let words = format!("error number {number} {}", "x".repeat(4 * 1024));
        peer.send(serde_json::json!({"fail": words})).await;
    }
    settle().await;
    let trace = desk.trace();
    let errors = trace.records().iter().filter(|record| record.kind() == "error");
    let sizes: Vec<_> = errors.map(|record| format!("{:?}", record.what).len()).collect();
    assert_eq!(sizes.len(), 1_024, "the last of them");
    assert!(sizes.iter().all(|size| *size < 2_048), "{:?}", sizes.iter().max());
    let last = trace.find("error number 9999").count();
    assert_eq!(last, 1, "searchable by what they begin with");
}

#[tokio::test(start_paused = true)]
async fn what_of_a_cluster_is_inert_is_said_once() {
    let inert =
        |lines: Vec<String>| lines.into_iter().filter(|line| line.contains("nova::cluster")).collect::<Vec<_>>();
    let alone = inert(over(nova::connect(Desk), async |_| {}).await);
    assert!(alone.len() == 1 && alone[0].contains("works alone"), "{alone:?}");
    let joined = inert(over(nova::connect(Desk).cluster(nova::cluster::Local::new()), async |_| {}).await);
    assert!(joined.len() == 1 && joined[0].contains("strategy=geo_aware"), "{joined:?}");
    assert!(joined[0].starts_with("INFO") && alone[0].starts_with("INFO"));
}
