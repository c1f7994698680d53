//! Every strategy with every profile against the five ways a connection fails: dials, delays and end, as the design has them.

use nova::{
    BoxFuture, Connect, Error, Handlers, State,
    test::{MockDialer, MockServer},
};
use serde_json::json;

use crate::{
    script::{Act, End, assert_within, delays, pass, scripted, waits},
    support::{Plain, venue},
};

macro_rules! clients {
    ($($strategy:tt: $($Name:ident = $profile:tt),*;)*) => {
        $($(
            #[nova::client(platform = Plain, profile = $profile, strategy = $strategy)]
            struct $Name;
        )*)*

        /// Starts the client of this strategy and profile and tells, an hour later, how it fared.
        fn live(strategy: &str, profile: &str, (dialer, seed): (MockDialer, u64)) -> BoxFuture<'static, Outcome> {
            match (strategy, profile) {
                $($(
                    ($strategy, $profile) => Box::pin(an_hour(nova::connect($Name).dialer(dialer).seed(seed))),
                )*)*
                other => panic!("{other:?} is no client"),
            }
        }
    };
}

clients! {
    "always_reconnect": Aa = "financial", Ab = "standard", Ac = "lightweight", Ad = "messaging";
    "fail_fast": Fa = "financial", Fb = "standard", Fc = "lightweight", Fd = "messaging";
    "log_and_continue": La = "financial", Lb = "standard", Lc = "lightweight", Ld = "messaging";
    "echo": Ea = "financial", Eb = "standard", Ec = "lightweight", Ed = "messaging";
}

struct Outcome {
    state: State,
    delays: Vec<u64>,
    error: Option<Error>,
}

async fn an_hour<C: Handlers>(client: Connect<C>) -> Outcome {
    let client = client.start().expect("started");
    pass(3_600).await;
    Outcome { state: client.state(), delays: delays(&client), error: client.watch().end() }
}

/// The delays a profile has before attempts 1, 2, 3, …, in milliseconds; how far they stray, in percent; and the longest.
struct Delays([u64; 11], u64, u64);

const FINANCIAL: Delays = Delays([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000], 25, 30_000);
const STANDARD: Delays =
    Delays([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000, 11_000], 0, 60_000);
const SIMPLE: Delays = Delays([2_000; 11], 0, 10_000);
/// The delays of `lightweight` do not grow; a strategy that goes on for ever lets them.
const GROWING: Delays =
    Delays([2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000], 0, 10_000);
const MESSAGING: Delays =
    Delays([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000], 0, 30_000);

impl Delays {
    /// Where the delay before attempt `step` may lie: as the profile has it, or spread over a second at least.
    fn band(&self, step: usize, spread: bool) -> std::ops::RangeInclusive<u64> {
        let Self(delays, jitter, longest) = self;
        let delay = delays[step - 1];
        let width = 2 * jitter * delay / 100;
        let width = if spread { width.max(1_000) } else { width };
        let low = delay.saturating_sub(width / 2).min(longest - width);
        low..=low + width
    }
}

/// How often a client dials, and where it stands an hour later.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Ready(usize),
    Closed(usize),
    Failed(usize),
}

use Expected::{Closed, Failed, Ready};

struct Row(&'static str, &'static str, Delays, [Expected; 5]);

#[rustfmt::skip]
const TABLE: [Row; 16] = [
    //  strategy            profile        delays       a drop    Close 1000  401 twice   a 503     11 failures
    Row("always_reconnect", "financial",   FINANCIAL, [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("always_reconnect", "standard",    STANDARD,  [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("always_reconnect", "lightweight", GROWING,   [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("always_reconnect", "messaging",   MESSAGING, [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("fail_fast",        "financial",   FINANCIAL, [ Ready(2), Ready(2),   Failed(1),  Ready(2), Failed(4)  ]),
    Row("fail_fast",        "standard",    STANDARD,  [ Ready(2), Closed(1),  Failed(1),  Ready(2), Failed(4)  ]),
    Row("fail_fast",        "lightweight", SIMPLE,    [ Ready(2), Closed(1),  Failed(1),  Ready(2), Failed(4)  ]),
    Row("fail_fast",        "messaging",   MESSAGING, [ Ready(2), Closed(1),  Failed(1),  Ready(2), Failed(4)  ]),
    Row("log_and_continue", "financial",   FINANCIAL, [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("log_and_continue", "standard",    STANDARD,  [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("log_and_continue", "lightweight", GROWING,   [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("log_and_continue", "messaging",   MESSAGING, [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("echo",             "financial",   FINANCIAL, [ Ready(2), Ready(2),   Failed(2),  Ready(2), Ready(12)  ]),
    Row("echo",             "standard",    STANDARD,  [ Ready(2), Closed(1),  Failed(2),  Ready(2), Failed(11) ]),
    Row("echo",             "lightweight", SIMPLE,    [ Ready(2), Closed(1),  Failed(2),  Ready(2), Failed(4)  ]),
    Row("echo",             "messaging",   MESSAGING, [ Ready(2), Closed(1),  Failed(2),  Ready(2), Ready(12)  ]),
];

/// Longer than the longest heartbeat: after it, a `Ready` was stable.
const STABLE: u64 = 61;

type Scenario = (&'static str, Vec<Act>, fn(usize) -> Delay);

/// What the server does, and which of the delays before the second dial and later are spread.
fn scenarios() -> [Scenario; 5] {
    let one_failure = |act: Act| vec![act, Act::Stay];
    let eleven = std::iter::repeat_n(Act::HangUp, 11).chain([Act::Stay]).collect();
    [
        ("a drop", one_failure(Act::ready_for(STABLE, End::Drop)), |_| Delay::Exact),
        ("Close 1000", one_failure(Act::ready_for(STABLE, End::Code(1000))), |_| Delay::Exact),
        ("401 twice", vec![Act::http(401), Act::http(401), Act::Stay], |_| Delay::None),
        ("a 503", one_failure(Act::http(503)), |_| Delay::Spread),
        ("11 failures", eleven, |step| if step == 1 { Delay::Exact } else { Delay::Spread }),
    ]
}

/// How a delay comes from the profile's.
enum Delay {
    None,
    Exact,
    Spread,
}

#[tokio::test(start_paused = true)]
async fn each_strategy_with_each_profile_ends_or_comes_back_as_designed() {
    for Row(strategy, profile, numbers, ends) in &TABLE {
        for (scenario, expected) in scenarios().into_iter().zip(ends) {
            for seed in 0..3 {
                let what = format!("{strategy}, {profile}, {}, seed {seed}", scenario.0);
                let (Ready(dials) | Closed(dials) | Failed(dials)) = *expected;
                let (dialer, log) = scripted(scenario.1.iter().take(dials).cloned());
                let outcome = live(strategy, profile, (dialer, seed)).await;
                check(&what, (&outcome, &log), *expected, |step| match scenario.2(step) {
                    Delay::None => 0..=0,
                    Delay::Exact => numbers.band(step, false),
                    Delay::Spread => numbers.band(step, true),
                });
            }
        }
    }
}

fn check(
    what: &str,
    (outcome, log): (&Outcome, &MockServer),
    expected: Expected,
    band: impl Fn(usize) -> std::ops::RangeInclusive<u64>,
) {
    let found = match outcome.state {
        State::Ready { missing: 0 } => Ready(log.requests().len()),
        State::Closed => Closed(log.requests().len()),
        State::Failed => Failed(log.requests().len()),
        other => panic!("{what}: {other}"),
    };
    assert_eq!(found, expected, "{what}: {:?}", outcome.error);
    let bands: Vec<_> = (1..log.requests().len()).map(band).collect();
    assert_within(what, &outcome.delays, &bands);
    for (waited, decided) in waits(log).iter().zip(&outcome.delays) {
        // Timers are kept to the millisecond.
        assert!((*decided..=decided + 1).contains(waited), "{what}: waited {waited}, decided on {decided}");
    }
    assert_eq!(outcome.error.is_none(), matches!(expected, Ready(_)), "{what}: {:?}", outcome.error);
}

#[tokio::test(start_paused = true)]
async fn r021_what_cannot_heal_ends_a_client_whatever_its_strategy() {
    for Row(strategy, profile, ..) in &TABLE {
        let (dialer, log) = scripted([Act::http(403), Act::Stay]);
        let outcome = live(strategy, profile, (dialer, 1)).await;
        let what = format!("{strategy}, {profile}");
        assert_eq!((outcome.state, log.dials()), (State::Failed, 1), "{what}");
        assert!(matches!(outcome.error, Some(Error::Rejected { status: 403, .. })), "{what}: {:?}", outcome.error);
    }
}

#[tokio::test(start_paused = true)]
async fn echo_sends_every_message_back_and_nothing_else() {
    let (dialer, server) = venue();
    let (client, peer) = tokio::join!(nova::connect(Eb).dialer(dialer), server.ready());
    let (client, mut peer) = (client.expect("ready"), peer);
    // The answer to its preparation does not come back, or a venue would answer that, and so on without end.
    for number in 0..3 {
        peer.push("a", json!(number)).await;
        assert_eq!(peer.receive().await, json!({"channel": "a", "data": number}));
    }
    assert!(client.state().is_ready());
}
