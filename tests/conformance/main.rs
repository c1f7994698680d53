//! nova as the client under test of the Autobahn suite: 301 cases of framing, UTF-8, closing, sizes and splitting.
//!
//! What each case came to is committed in `expected.txt`; anything else is a failure that lists the differences. Where the suite is
//! not installed the test says so and passes; CI requires it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod expected;
#[expect(dead_code, reason = "its certificates are for peers over TLS")]
#[path = "../peers/peer.rs"]
mod peer;

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use nova::{Closed, Error, Item, Lent, Reconnect};
use peer::{Peer, within};

/// A report of 517 cases takes a loaded machine seconds to write.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every message is sent back with its type; some cases send 16 MiB in one frame.
#[nova::client(platform = "echo", strategy = "echo", connection(max_frame = 16_777_216), overrides(ErrorHandler))]
struct Mirror;

impl nova::ErrorHandler for Mirror {
    /// A case is over with its connection, however that ended.
    fn should_reconnect(&mut self, _: &Error, _: u32, _: &mut Lent<'_, Self>) -> Reconnect {
        Reconnect::Never
    }
}

/// Opens `path`, sends back what comes until the suite ends the connection, and returns the last message.
async fn visit(suite: &Peer, path: &str) -> Option<String> {
    let mirror = nova::connect(Mirror).url(suite.url(path)).start().unwrap();
    let mut last = None;
    while let Some(item) = within(path, mirror.next()).await {
        if let Item::Message(message) = item {
            last = message.text().map(str::to_owned);
        }
    }
    assert_eq!(within(path, mirror.close()).await, Closed::Clean, "{path}");
    last
}

#[tokio::test]
async fn every_case_comes_to_what_is_expected_of_it() {
    // `original` is the authority, `autobahn` is fast.
    let runner = env::var("NOVA_AUTOBAHN").unwrap_or_else(|_| "autobahn".to_owned());
    let script = format!("../conformance/{runner}.sh");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("autobahn");
    // The verdicts of an earlier run must not count for this one.
    let _ = fs::remove_dir_all(&out);
    let Some(mut suite) = Peer::start(&script, &[out.to_str().unwrap()]) else { return };
    let started = Instant::now();
    let cases: u32 = visit(&suite, "/getCaseCount").await.unwrap().parse().unwrap();
    for case in 1..=cases {
        visit(&suite, &format!("/runCase?case={case}&agent=nova")).await;
    }
    visit(&suite, "/updateReports?agent=nova").await;
    // The original writes its reports before it ends the visit, and goes on; the fast one after it, and ends.
    assert!(runner == "original" || suite.ended(PATIENCE), "no reports within {PATIENCE:?}");
    let index = fs::read_to_string(out.join("index.json")).unwrap();
    let verdicts = expected::verdicts(&index);
    let line = format!("{runner}: {} in {} s\n", expected::counts(&verdicts), started.elapsed().as_secs());
    // Not `println`, which the test runner keeps to itself while a test passes.
    let _ = io::stderr().write_all(line.as_bytes());
    let differences = expected::differences(&verdicts);
    assert!(differences.is_empty(), "\n{}\nreports: {}", differences.join("\n"), out.display());
    let _ = fs::remove_dir_all(&out);
}
