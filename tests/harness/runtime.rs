//! `#[nova::test]`: virtual time, seeds, and what a failing test says.

use std::{
    cell::RefCell,
    env,
    process::Command,
    time::{Duration, Instant},
};

use nova::test::Test;

const HOUR: Duration = Duration::from_secs(3600);

#[nova::client(platform = "echo", reconnect(max_attempts = 4, jitter = 0.5))]
struct Caller;

#[nova::test]
async fn a_week_is_over_in_a_moment() {
    let (virtually, really) = (tokio::time::Instant::now(), Instant::now());
    tokio::time::sleep(7 * 24 * HOUR).await;
    assert_eq!(virtually.elapsed(), 7 * 24 * HOUR);
    assert!(really.elapsed() < Duration::from_secs(5));
}

#[nova::test(real_time, timeout = "10s")]
async fn real_time_is_real() -> nova::Result {
    nova::test::real_sockets()?;
    let really = Instant::now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(really.elapsed() >= Duration::from_millis(20));
    Ok(())
}

#[nova::test(seed = 7)]
async fn the_attribute_gives_the_seed() {
    // Whoever asks for another seed for all tests gets it.
    let asked = env::var("NOVA_TEST_SEED").is_ok_and(|seed| !seed.is_empty());
    assert!(asked || nova::test::seed() == Some(7));
}

#[test]
fn outside_of_a_test_there_is_no_seed() {
    Test::new("inside").run(async { assert!(nova::test::seed().is_some()) });
    assert_eq!(nova::test::seed(), None);
}

/// The delays of a client that finds nobody.
fn delays(seed: u64) -> Vec<Duration> {
    let delays = RefCell::new(Vec::new());
    Test::new("delays").seed(seed).run(async {
        let (dialer, listener) = nova::memory();
        drop(listener);
        let caller = nova::connect(Caller).url("ws://venue.test/").dialer(dialer).start().expect("started");
        caller.wait_ready().await.expect_err("nobody is there");
        delays.replace(caller.history().iter().filter_map(|step| step.delay).collect());
    });
    delays.into_inner()
}

#[test]
fn the_seed_decides_what_clients_leave_to_chance() {
    if env::var_os("NOVA_TEST_SEED").is_some() {
        return;
    }
    assert_eq!(delays(1).len(), 4);
    assert_eq!(delays(1), delays(1));
    assert_ne!(delays(1), delays(2));
}

#[nova::test]
async fn two_clients_of_a_test_have_seeds_of_their_own() {
    let (dialer, listener) = nova::memory();
    drop(listener);
    let mut all = Vec::new();
    for _ in 0..2 {
        let caller = nova::connect(Caller).url("ws://venue.test/").dialer(dialer.clone()).start().expect("started");
        caller.wait_ready().await.expect_err("nobody is there");
        all.push(caller.history().iter().filter_map(|step| step.delay).collect::<Vec<_>>());
    }
    assert_ne!(all[0], all[1]);
}

#[nova::test]
async fn a_real_socket_under_virtual_time_is_refused_with_the_reason() {
    for url in ["ws://127.0.0.1:9/", "wss://localhost:9/"] {
        let error = nova::connect(Caller).url(url).await.expect_err("refused").to_string();
        assert!(error.contains("clock") && error.contains("#[nova::test(real_time)]"), "{error}");
    }
    let error = nova::test::venue::Deribit::start().await.expect_err("refused").to_string();
    assert!(error.contains("#[nova::test(real_time)]"), "{error}");
    assert!(nova::test::real_sockets().is_err());
}

/// Tests that fail, which they do only where [`failing`] runs them in a process of their own.
mod fails {
    use super::HOUR;

    fn is_wanted() -> bool {
        std::env::var_os("NOVA_TESTS_FAIL").is_some()
    }

    #[nova::test(seed = 99)]
    async fn by_panic() {
        if is_wanted() {
            tracing::info!(target: "venue", topic = "a", "this stands in the log");
            tracing::trace!("and this does not");
            tokio::time::sleep(HOUR).await;
            tracing::warn!("an hour later");
            panic!("on purpose");
        }
    }

    #[nova::test]
    async fn by_error() -> nova::Result {
        if is_wanted() { Err(nova::Error::NoRuntime) } else { Ok(()) }
    }

    #[nova::test]
    async fn by_waiting() {
        if is_wanted() {
            std::future::pending::<()>().await;
        }
    }

    #[nova::test(real_time, timeout = "10ms")]
    async fn by_waiting_in_real_time() {
        if is_wanted() {
            std::future::pending::<()>().await;
        }
    }

    #[nova::test]
    async fn never() {
        tracing::info!("nobody sees this");
    }
}

/// What one of the tests above says when it fails.
fn failing(name: &str, seed: &str) -> (bool, String) {
    let path = format!("runtime::fails::{name}");
    let output = Command::new(env::current_exe().expect("this binary"))
        .args([&path, "--exact", "--test-threads=1"])
        .env("NOVA_TESTS_FAIL", "1")
        .env("NOVA_TEST_SEED", seed)
        .output()
        .expect("this binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_failing_test_shows_its_log_its_seed_and_how_to_repeat_it() {
    let (passed, said) = failing("by_panic", "");
    assert!(!passed);
    for line in [
        "---- nova::test runtime::fails::by_panic",
        "     0.000  INFO venue this stands in the log topic=a",
        "  3600.000  WARN harness::runtime::fails an hour later",
        "repeat it with: NOVA_TEST_SEED=99 cargo test runtime::fails::by_panic",
        "on purpose",
    ] {
        assert!(said.contains(line), "{line}\nis not in\n{said}");
    }
    assert!(!said.contains("and this does not"), "{said}");
    for (name, seed, line) in [
        ("by_panic", "5", "repeat it with: NOVA_TEST_SEED=5 cargo test"),
        ("by_panic", "many", "NOVA_TEST_SEED is `many`; expected a whole number below 2^64, or `random`"),
        ("by_error", "", "the test returned an error: NoRuntime"),
        ("by_waiting", "", "it waits for what never comes"),
        ("by_waiting_in_real_time", "", "the test took longer than 10ms"),
    ] {
        let (passed, said) = failing(name, seed);
        assert!(!passed && said.contains(line), "{name}: {line}\nis not in\n{said}");
    }
    let (passed, said) = failing("never", "");
    assert!(passed && !said.contains("nobody sees this"), "{said}");
}
