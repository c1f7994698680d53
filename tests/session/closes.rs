//! Ends of a connection that was up: by which code, by none, by the user, over and over.

use std::time::Duration;

use nova::{Attempts, Cause, Closed, Error, Handle, Patch, State, patch, test::MockServer};
use tokio::time::Instant;

use crate::{
    script::{Act, End, assert_within, delays, ended, millis, pass, ready_after, scripted, waits},
    support::Plain,
};

#[nova::client(platform = Plain)]
struct Standard;

#[nova::client(platform = Plain, profile = "financial")]
struct Financial;

#[nova::client(platform = Plain, strategy = "always_reconnect")]
struct Always;

const STABLE: u64 = 60;

/// The errors that made the client wait.
fn causes<C: nova::Client>(client: &Handle<C>) -> Vec<Error> {
    let waited = client.history().into_iter().filter(|step| step.to == State::Backoff);
    waited
        .map(|step| match &*step.cause {
            Cause::Error(error) => error.clone(),
            other => panic!("{other}"),
        })
        .collect()
}

fn is_code(error: &Error, expected: u16) -> bool {
    matches!(error, Error::Closed { code, .. } if code.0 == expected)
}

#[tokio::test(start_paused = true)]
async fn r050_a_normal_close_ends_a_client_unless_profile_or_strategy_go_on() {
    let script = || scripted([Act::ready_for(STABLE, End::Code(1000)), Act::Stay]);

    let (dialer, log) = script();
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    assert_eq!(ended(&client).await, State::Closed);
    assert!(client.next().await.is_none());
    let error = client.subscribe("a").await.expect_err("over");
    assert!(matches!(&error, Error::Ended { source } if is_code(source, 1000)), "{error}");
    assert_eq!(client.close().await, Closed::Clean);
    pass(3_600).await;
    assert_eq!(log.dials(), 1);

    let (dialer, log) = script();
    let client = nova::connect(Financial).dialer(dialer).await.expect("ready");
    ready_after(&client, &log, 2).await;
    assert_within("financial", &waits(&log), &[75..=126]);

    let (dialer, log) = script();
    let client = nova::connect(Always).dialer(dialer).await.expect("ready");
    ready_after(&client, &log, 2).await;
    assert_within("always_reconnect", &waits(&log), &[1_000..=1_000]);
    assert!(is_code(&causes(&client)[0], 1000));
}

#[tokio::test(start_paused = true)]
async fn r051_clients_of_a_server_that_goes_away_come_back_spread_over_a_second() {
    let mut waited = Vec::new();
    for seed in 0..50 {
        let (dialer, log) = scripted([Act::ready_for(STABLE, End::Code(1001)), Act::Stay]);
        let client = nova::connect(Financial).dialer(dialer).seed(seed).await.expect("ready");
        ready_after(&client, &log, 2).await;
        waited.extend(waits(&log));
    }
    waited.sort_unstable();
    assert!(waited.iter().all(|wait| *wait <= 1_001), "{waited:?}");
    // A profile's own 100 ms would put all of them into one twentieth of that.
    for tenth in waited.chunk_by(|left, right| left / 100 == right / 100) {
        assert!(tenth.len() <= 15, "{} of 50 within {tenth:?}", tenth.len());
    }
    assert!(waited[waited.len() - 1] - waited[0] > 700, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn r053_an_end_without_code_or_without_close_is_tried_again_and_told_apart() {
    let acts = [End::Code(1005), End::Drop].map(|end| Act::ready_for(STABLE, end));
    let (dialer, log) = scripted(acts.into_iter().chain([Act::Upgrade(End::Drop), Act::Stay]));
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    ready_after(&client, &log, 4).await;
    assert_within("delays", &waits(&log), &[1_000..=1_000, 1_000..=1_000, 1_500..=2_500]);
    let causes = causes(&client);
    assert!(is_code(&causes[0], 1005), "{}", causes[0]);
    assert!(causes[0].to_string().contains("1005"), "{}", causes[0]);
    for lost in &causes[1..] {
        assert!(matches!(lost, Error::Lost { .. }), "{lost}");
    }
}

#[tokio::test(start_paused = true)]
async fn r057_a_server_that_failed_is_tried_again_by_backoff() {
    for code in [1011, 1014] {
        let acts = [STABLE, 5, 5].map(|seconds| Act::ready_for(seconds, End::Code(code)));
        let (dialer, log) = scripted(acts.into_iter().chain([Act::Stay]));
        let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
        ready_after(&client, &log, 4).await;
        assert_within("delays", &waits(&log), &[1_000..=1_000, 1_500..=2_500, 2_500..=3_500]);
        for cause in causes(&client) {
            assert!(is_code(&cause, code), "{code}: {cause}");
            // The reason of a code that tungstenite does not know is lost on the way.
            assert!(code == 1014 || cause.to_string().contains("so it is"), "{cause}");
        }
    }
}

/// How a client ends that is closed while its peer does so, and after how many milliseconds.
async fn closing(end: End) -> (Closed, State, u64, MockServer) {
    let (dialer, log) = scripted([Act::ready_for(0, end)]);
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    pass(1).await;
    let start = Instant::now();
    let (first, second) = tokio::join!(client.close(), client.close());
    assert_eq!(first, second);
    let took = millis(start.elapsed());
    assert_eq!(client.close().await, first, "asked again, the answer is the same");
    (first, client.state(), took, log)
}

#[tokio::test(start_paused = true)]
async fn r061_a_close_that_is_never_answered_ends_unclean_after_five_seconds() {
    let (closed, state, took, log) = closing(End::Deaf).await;
    assert_eq!((closed, state, took), (Closed::Unclean, State::Closed, 5_000));
    pass(3_600).await;
    assert_eq!(log.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn r061_a_close_that_is_answered_is_clean_although_the_peer_leaves_the_link_open() {
    let (closed, state, took, log) = closing(End::Lingers).await;
    assert_eq!((closed, state), (Closed::Clean, State::Closed));
    assert!(took <= 5_000, "{took}");
    pass(5).await;
    assert_eq!(
        log.transcript().last().map(|line| line.kind),
        Some("end"),
        "the client hangs up where the server does not"
    );
    pass(3_600).await;
    assert_eq!(log.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn r061_the_close_timeout_is_a_setting() {
    let (dialer, _log) = scripted([Act::ready_for(0, End::Deaf)]);
    let shorter = Patch::new().connection(patch::Connection::new().close_timeout(Duration::from_millis(700)));
    let client = nova::connect(Standard).configure(shorter).dialer(dialer).await.expect("ready");
    let start = Instant::now();
    assert_eq!(client.close().await, Closed::Unclean);
    assert_eq!(millis(start.elapsed()), 700);
}

/// How long this thread has worked.
fn worked() -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(schedule.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn r062_a_server_that_drops_at_once_is_dialled_ever_more_slowly_and_then_once_a_minute() {
    for act in [Act::Upgrade(End::Drop), Act::Upgrade(End::Code(1011)), Act::ready_for(0, End::Drop)] {
        let (dialer, log) = scripted([act.clone()]);
        let client = nova::connect(Financial).dialer(dialer).seed(62).start().expect("started");
        let before = worked();
        pass(600).await;
        let worked = worked().saturating_sub(before);
        assert!(worked <= Duration::from_secs(600) / 100, "a busy loop: {worked:?} of work in ten minutes");
        assert!(!client.state().is_terminal());
        let dials: Vec<u64> =
            log.requests().iter().map(|dial| millis(dial.at()) - millis(log.requests()[0].at())).collect();
        let within = |from: u64| dials.iter().filter(|at| (from..from + 60_000).contains(*at)).count();
        let most = dials.iter().map(|from| within(*from)).max().expect("dials");
        assert!(most <= 30, "{act:?}: {most} dials in a minute");
        let delays = delays(&client);
        assert!(delays[8..].iter().all(|delay| (12_800 * 3 / 4..=30_000).contains(delay)), "{act:?}: {delays:?}");
        assert!(delays[9..].iter().all(|delay| (15_000..=30_000).contains(delay)), "{act:?}: {delays:?}");
        // Twelve ends open the breaker; from then on there is one attempt a cool-down.
        assert_eq!(client.state(), State::Suspended, "{act:?}");
        assert!((15..=20).contains(&dials.len()), "{act:?}: {} dials in ten minutes", dials.len());
        assert!(waits(&log)[11..].iter().all(|wait| (60_000..=90_000).contains(wait)), "{act:?}: {:?}", waits(&log));
        println!("{act:?}: {} dials in ten minutes, {most} of them in one; {worked:?} of work", dials.len());
    }
}

#[tokio::test(start_paused = true)]
async fn r062_not_even_settings_dial_more_than_thirty_times_a_minute() {
    let hasty = patch::Reconnect::new().initial_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(1));
    let (dialer, log) = scripted([Act::Upgrade(End::Drop)]);
    let patch = Patch::new().reconnect(hasty).breaker(patch::Breaker::new().failures(None));
    let _client = nova::connect(Always).configure(patch).dialer(dialer).start().expect("started");
    pass(600).await;
    let all = log.dials();
    assert!((290..=310).contains(&all), "{all} in ten minutes: ten at once, thirty a minute");
}

#[tokio::test(start_paused = true)]
async fn r062_not_even_the_user_dials_more_than_thirty_times_a_minute() {
    let (dialer, log) = scripted([Act::Upgrade(End::Drop)]);
    let client = nova::connect(Always).dialer(dialer).start().expect("started");
    for _ in 0..6_000 {
        client.reconnect_now().expect("alive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let first = log.requests()[0].at();
    let in_the_first_minute = log.requests().iter().filter(|dial| dial.at() < first + Duration::from_secs(60)).count();
    assert!((30..=40).contains(&in_the_first_minute), "{in_the_first_minute}");
    let all = log.dials();
    assert!((290..=310).contains(&all), "{all} in ten minutes: ten at once, thirty a minute");
}

#[tokio::test(start_paused = true)]
async fn r063_a_client_that_is_dropped_every_ten_minutes_lasts_for_a_week() {
    const DROPS: usize = 7 * 24 * 6;
    let (dialer, log) = scripted([Act::ready_for(600, End::Drop)]);
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    assert_eq!(client.config().reconnect.max_attempts, Attempts::AtMost(10));
    pass(7 * 24 * 3_600).await;
    let waits = waits(&log);
    // Each costs a second, which is how a week loses one or two of them.
    assert!((DROPS - 3..=DROPS).contains(&waits.len()), "{}", waits.len());
    assert!(waits.iter().all(|wait| *wait == 1_000), "{waits:?}");
    assert!(client.state().is_ready());
}

fn half_a_minute() -> Patch {
    let half_a_minute = Duration::from_secs(30);
    Patch::new().reconnect(patch::Reconnect::new().initial_delay(half_a_minute).max_delay(half_a_minute))
}

#[tokio::test(start_paused = true)]
async fn r072_a_close_during_a_long_backoff_is_effective_at_once() {
    let (dialer, log) = scripted([Act::HangUp, Act::Stay]);
    let client = nova::connect(Standard).configure(half_a_minute()).dialer(dialer).start().expect("started");
    pass(10).await;
    assert_eq!((client.state(), delays(&client)), (State::Backoff, vec![30_000]));
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.wait_ready().await }
    });
    let start = Instant::now();
    assert_eq!(client.close().await, Closed::Clean);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(client.state(), State::Closed);
    assert!(matches!(waiting.await.expect("no panic"), Err(Error::ClientClosed)));
    assert!(matches!(client.reconnect_now(), Err(Error::ClientClosed)));
    pass(3_600).await;
    assert_eq!(log.dials(), 1, "nothing is dialled after a close");
}

#[tokio::test(start_paused = true)]
async fn r072_the_last_handle_dropped_during_a_long_backoff_ends_the_client() {
    let (dialer, log) = scripted([Act::HangUp, Act::Stay]);
    let client = nova::connect(Standard).configure(half_a_minute()).dialer(dialer).start().expect("started");
    pass(10).await;
    let mut watch = client.watch();
    drop(client);
    let start = Instant::now();
    assert_eq!(watch.until(State::is_terminal).await, Ok(State::Closed));
    assert_eq!(start.elapsed(), Duration::ZERO);
    pass(3_600).await;
    assert_eq!(log.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn r072_settings_given_during_a_long_backoff_are_in_force_at_once() {
    let (dialer, log) = scripted([Act::HangUp, Act::HangUp, Act::Stay]);
    let client = nova::connect(Standard).configure(half_a_minute()).dialer(dialer).start().expect("started");
    pass(10).await;
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let changes =
        client.configure(Patch::new().reconnect(patch::Reconnect::new().max_delay(second).initial_delay(second)));
    assert_eq!(changes.await.expect("applied").keys.len(), 2);
    assert_eq!((start.elapsed(), client.config().reconnect.max_delay), (Duration::ZERO, second));
    // The delay that was running had been decided on.
    ready_after(&client, &log, 3).await;
    assert_within("delays", &waits(&log), &[30_000..=30_000, 0..=1_000]);
}

#[tokio::test(start_paused = true)]
async fn r072_a_wish_to_connect_now_during_a_long_backoff_is_effective_at_once() {
    let (dialer, log) = scripted([Act::HangUp, Act::Stay]);
    let client = nova::connect(Standard).configure(half_a_minute()).dialer(dialer).start().expect("started");
    pass(10).await;
    let start = Instant::now();
    client.reconnect_now().expect("alive");
    client.wait_ready().await.expect("ready");
    assert_eq!(start.elapsed(), Duration::ZERO);
    pass(3_600).await;
    assert_eq!(log.dials(), 2, "the delay that was running is over too");
}

#[tokio::test(start_paused = true)]
async fn attempts_and_delays_begin_anew_only_after_a_stable_ready() {
    let (again, spread) =
        ([1_000..=1_000, 1_000..=1_000, 1_000..=1_000], [1_000..=1_000, 1_500..=2_500, 2_500..=3_500]);
    let flapping = [500..=1_500, 1_500..=2_500, 2_500..=3_500];
    // The heartbeat's interval, how long each connection is ready, the delays before the second to the fourth.
    let table = [
        (Some(30), 30_000, again.clone()),
        (Some(30), 29_900, spread.clone()),
        (Some(30), 10_000, spread.clone()),
        (Some(30), 9_900, flapping.clone()),
        (Some(5), 10_000, again.clone()),
        (Some(5), 9_900, flapping.clone()),
        (None, 10_000, again.clone()),
        (Some(90), 90_000, again),
        (Some(90), 89_900, spread),
        (Some(30), 0, flapping),
    ];
    for (interval, ready, expected) in table {
        let interval = interval.map(Duration::from_secs);
        let patch = Patch::new().heartbeat(patch::Heartbeat::new().interval(interval));
        let (dialer, log) = scripted([Act::Serve(Duration::from_millis(ready), End::Drop)]);
        let _client = nova::connect(Standard).configure(patch).dialer(dialer).seed(1).start().expect("started");
        while log.dials() < 4 {
            pass(1).await;
        }
        assert_within(&format!("ready for {ready} ms, {interval:?}"), &waits(&log)[..3], &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_accepts_and_drops_uses_up_the_attempts() {
    for act in [Act::Upgrade(End::Drop), Act::ready_for(29, End::Drop)] {
        let (dialer, log) = scripted([act]);
        let client = nova::connect(Standard).dialer(dialer).start().expect("started");
        assert_eq!(ended(&client).await, State::Failed);
        assert_eq!(log.dials(), 11);
    }
}
