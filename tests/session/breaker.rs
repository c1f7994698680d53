//! The circuit breaker: a client that keeps failing rests, lets one attempt through, and says so.

use std::time::Duration;

use nova::{Circuit, CloseCode, Closed, Error, Event, Events, Handle, Patch, State, Trip, patch, test::MockServer};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    script::{Act, End, ready_after, scripted},
    support::{Plain, pass, secs, settle, venue},
};

#[nova::client(platform = Plain, strategy = "always_reconnect", breaker(failures = 3, window = "1h", cooldown = "60s"))]
struct Standard;

#[nova::client(platform = Plain, profile = "financial", breaker(failures = 3, window = "1h", cooldown = "60s"))]
struct Financial;

#[nova::client(platform = Plain, profile = "messaging", breaker(failures = 3, window = "1h", cooldown = "60s"))]
struct Messaging;

/// The turns of the breaker told so far.
fn turns(events: &mut Events) -> Vec<Circuit> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Breaker(circuit) = event { Some(circuit) } else { None })
        .collect()
}

/// A client of a venue that hangs up three times and then plays `acts`, when it rests.
async fn suspended(acts: impl IntoIterator<Item = Act>) -> (Handle<Standard>, MockServer, Events) {
    let (dialer, log) = scripted(std::iter::repeat_n(Act::HangUp, 3).chain(acts));
    let client = nova::connect(Standard).dialer(dialer).start().expect("started");
    let mut events = client.events();
    rests(&client).await;
    assert_eq!(turns(&mut events), [Circuit::Open(Trip::Failures)]);
    assert_eq!(log.dials(), 3);
    (client, log, events)
}

async fn rests<C: nova::Client>(client: &Handle<C>) {
    client.watch().until(|state| state == State::Suspended).await.expect("rests");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_rests_says_so_lets_one_attempt_through_and_rests_again() {
    let (client, log, mut events) = suspended([Act::Mute]).await;
    let step = client.history().pop().expect("the last step");
    assert_eq!(step.to, State::Suspended);
    let delay = step.delay.expect("until when");
    assert!((secs(60)..=secs(61)).contains(&delay), "{delay:?}");
    pass(secs(59)).await;
    assert_eq!((log.dials(), client.state()), (3, State::Suspended), "it rests for its whole cool-down");
    // One attempt, and it is never answered: no second one beside it, and the next only after another cool-down.
    pass(secs(3)).await;
    assert_eq!((log.dials(), client.state()), (4, State::Connecting));
    assert_eq!(turns(&mut events), [Circuit::HalfOpen]);
    pass(secs(10)).await;
    assert_eq!((log.dials(), client.state()), (4, State::Suspended));
    assert_eq!(turns(&mut events), [Circuit::Open(Trip::Probe)]);
    pass(secs(600)).await;
    let dials = log.dials();
    assert!((12..=13).contains(&dials), "{dials} dials in ten minutes of attempts of ten seconds");
}

#[tokio::test(start_paused = true)]
async fn the_breaker_closes_when_its_attempt_has_been_ready_for_long_enough() {
    let (client, log, mut events) = suspended([Act::ready_for(20, End::Drop), Act::Stay]).await;
    ready_after(&client, &log, 4).await;
    assert_eq!(turns(&mut events), [Circuit::HalfOpen], "a moment of Ready proves nothing");
    // It was ready for twenty seconds of the thirty it takes.
    rests(&client).await;
    assert_eq!(turns(&mut events), [Circuit::Open(Trip::Probe)]);
    ready_after(&client, &log, 5).await;
    let ready = Instant::now();
    while !matches!(events.next().await.expect("alive"), Event::Breaker(Circuit::Closed)) {}
    assert_eq!(ready.elapsed(), secs(30));
    assert!(client.state().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_reset_and_a_wish_to_connect_now_end_the_rest_at_once() {
    let (client, log, mut events) = suspended([Act::HangUp]).await;
    client.reset_breaker().expect("alive");
    settle().await;
    assert_eq!((log.dials(), client.state()), (4, State::Backoff), "what failed before is forgotten");
    assert_eq!(turns(&mut events), [Circuit::Closed]);

    let (client, log, mut events) = suspended([Act::HangUp]).await;
    client.reconnect_now().expect("alive");
    settle().await;
    assert_eq!((log.dials(), client.state()), (4, State::Suspended), "it was the one attempt, only sooner");
    assert_eq!(turns(&mut events), [Circuit::HalfOpen, Circuit::Open(Trip::Probe)]);

    assert_eq!(client.close().await, Closed::Clean);
    assert!(matches!(client.reset_breaker(), Err(Error::ClientClosed)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_of_a_ready_client_only_forgets() {
    let (dialer, log) = scripted([Act::HangUp, Act::HangUp, Act::ready_for(5, End::Drop), Act::Stay]);
    let client = nova::connect(Standard).dialer(dialer).start().expect("started");
    ready_after(&client, &log, 3).await;
    client.reset_breaker().expect("alive");
    pass(secs(100)).await;
    assert_eq!(log.dials(), 4);
    assert!(client.history().iter().all(|step| step.to != State::Suspended));
}

#[tokio::test(start_paused = true)]
async fn who_waits_to_send_is_told_that_the_client_rests() {
    // Waiting for its deadline is of no use: told at once, what waits and what comes.
    let (dialer, log) = scripted([Act::HangUp, Act::HangUp, Act::HangUp, Act::Stay]);
    let client = nova::connect(Standard).dialer(dialer).start().expect("started");
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.send(json!(1)).await }
    });
    rests(&client).await;
    let error = waiting.await.expect("no panic").expect_err("not sent");
    assert!(matches!(error, Error::NotReady { state: "suspended" }), "{error}");
    let error = client.call::<u64>("order", json!({})).await.expect_err("not sent");
    assert!(matches!(error, Error::NotReady { state: "suspended" }), "{error}");
    ready_after(&client, &log, 4).await;
    client.send(json!(2)).await.expect("sent");

    let (dialer, _log) = scripted([Act::HangUp]);
    let client = nova::connect(Financial).dialer(dialer).start().expect("started");
    rests(&client).await;
    let error = client.send(json!(1)).await.expect_err("not sent");
    assert!(matches!(error, Error::NotReady { state: "suspended" }), "{error}");

    // What is queued is kept for as long as a queue keeps it.
    let (dialer, _log) = scripted([Act::HangUp]);
    let client = nova::connect(Messaging).dialer(dialer).start().expect("started");
    rests(&client).await;
    let asked = Instant::now();
    let error = client.send(json!(1)).await.expect_err("expired");
    assert!(matches!(error, Error::Evicted { .. }), "{error}");
    assert_eq!(asked.elapsed(), secs(30));
}

#[tokio::test(start_paused = true)]
async fn each_setting_of_the_breaker_is_heeded() {
    let patch = |failures, window, cooldown| {
        let (window, cooldown) = (secs(window), secs(cooldown));
        Patch::new().breaker(patch::Breaker::new().failures(failures).window(window).cooldown(cooldown))
    };
    // The dials before the first rest, and how long that is; linear delays of 1, 2, 3 .. seconds between the dials.
    let table = [
        (patch(Some(1), 3_600, 60), Some((1, 60))),
        (patch(Some(5), 3_600, 60), Some((5, 60))),
        (patch(Some(5), 3_600, 7), Some((5, 7))),
        (patch(Some(5), 12, 60), Some((5, 60))),
        (patch(Some(5), 4, 60), None),
        (patch(None, 3_600, 60), None),
    ];
    for (patch, expected) in table {
        let (dialer, log) = scripted([Act::HangUp]);
        let client = nova::connect(Standard).configure(patch).dialer(dialer).start().expect("started");
        let mut watch = client.watch();
        let rests = tokio::time::timeout(secs(600), watch.until(|state| state == State::Suspended)).await.is_ok();
        assert_eq!(rests, expected.is_some(), "{:?}", client.config().breaker);
        if let Some((dials, rest)) = expected {
            let delay = client.history().pop().and_then(|step| step.delay).expect("until when");
            assert_eq!(log.dials(), dials);
            assert!((secs(rest)..=secs(rest + 1)).contains(&delay), "{delay:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r060_three_ends_with_the_same_private_code_suspend_a_client() {
    let close = |code| Act::ready_for(5, End::Code(code));
    let patch = Patch::new().breaker(patch::Breaker::new().failures(Some(100)));
    let (dialer, log) = scripted([4_200, 4_201, 4_201, 4_200, 4_200, 4_200].map(close));
    let client = nova::connect(Standard).configure(patch).dialer(dialer).start().expect("started");
    let mut events = client.events();
    rests(&client).await;
    assert_eq!(turns(&mut events), [Circuit::Open(Trip::SameCode(CloseCode(4_200)))]);
    assert_eq!(log.dials(), 6);
}

#[tokio::test(start_paused = true)]
async fn three_breaches_of_the_protocol_in_five_minutes_suspend_a_client() {
    let patch = Patch::new().breaker(patch::Breaker::new().failures(Some(100)));
    let (dialer, server) = venue();
    let client = nova::connect(Standard).configure(patch).dialer(dialer).start().expect("started");
    let mut events = client.events();
    for breach in 1..=3 {
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        // A frame with reserved bits.
        peer.send_raw(&[0xf1, 0]).await;
        client.watch().until(|state| !state.is_ready()).await.expect("alive");
        let rests = client.state() == State::Suspended;
        assert_eq!(rests, breach == 3, "after {breach}: {}", client.state());
        tokio::spawn(peer.rest());
    }
    assert_eq!(turns(&mut events), [Circuit::Open(Trip::Violations)]);
}

#[tokio::test(start_paused = true)]
async fn clients_that_rest_together_come_back_apart() {
    let mut dials = Vec::new();
    for seed in 0..40 {
        let (dialer, log) = scripted([Act::HangUp]);
        let client = nova::connect(Financial).dialer(dialer).seed(seed).start().expect("started");
        rests(&client).await;
        let rest = client.history().pop().and_then(|step| step.delay).expect("until when");
        assert!((secs(60)..=secs(90)).contains(&rest), "{rest:?}");
        dials.push(rest);
        drop(log);
    }
    dials.sort_unstable();
    assert!(dials[39] > dials[0] + Duration::from_secs(20), "{dials:?}");
}
