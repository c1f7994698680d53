//! Coming back: the table of strategies and profiles, the schedule's bounds, and what is counted.

mod breaker;
mod course;
mod properties;
mod rows;

use std::{io, sync::Arc, time::Duration};

use rand::{SeedableRng, rngs::StdRng};

use super::{
    strategy::{AlwaysReconnect, AsProfiled, Echo, FailFast, LogAndContinue},
    *,
};
use crate::{
    config::{
        Bounds, Config, Layer, Profile, Traits,
        profile::{Financial, Lightweight, Messaging, Standard},
    },
    error::{Error, ErrorClass},
    frame::CloseCode,
    time::Instant,
};

fn dropped() -> Error {
    Error::Lost { source: Arc::new(io::ErrorKind::ConnectionReset.into()) }
}

fn closed(code: u16) -> Error {
    Error::closed(CloseCode(code), "")
}

fn rejected(status: u16) -> Error {
    Error::Rejected { status, body: "".into(), retry_after: None, location: None, offset_ms: None }
}

/// A client that has been ready for an hour, and what becomes of it.
struct Client {
    decisions: Decisions,
    config: Config,
    traits: Traits,
    course: Course,
    now: Instant,
    rng: StdRng,
    /// How often the breaker made it rest.
    rests: u32,
}

impl Client {
    fn new<S: Strategy, P: Profile>() -> Self {
        let decisions = Decisions::of::<S>();
        let layers = [(Layer::Profile, P::PATCH)];
        let strategy = (Layer::Strategy, S::patch(&Config::layered(&layers)));
        let config = Config::resolve(&[layers[0], strategy], &Bounds::new()).unwrap();
        let now = Instant::now();
        let rng = StdRng::seed_from_u64(7);
        let mut client = Self { decisions, config, traits: P::TRAITS, course: Course::default(), now, rng, rests: 0 };
        client.ready_for(Duration::from_secs(3600));
        client
    }

    fn ready_for(&mut self, time: Duration) {
        self.course.ready(self.now);
        self.now += time;
    }

    /// One end; the wait before the attempt that follows it, which is then made.
    fn ends(&mut self, error: &Error) -> Result<Duration, Stop> {
        let ended = Ended { error, class: error.class(), wish: None };
        match self.course.ended(ended, &self.decisions, (&self.config, self.traits), self.now, &mut self.rng) {
            Next::Dial { at, refresh, .. } => {
                assert_eq!(refresh, error.class() == ErrorClass::Authentication);
                let wait = at - self.now;
                self.now = at;
                self.course.dialled(at);
                Ok(wait)
            }
            Next::Rest { until, .. } => {
                let wait = until - self.now;
                self.rests += 1;
                self.now = until;
                self.course.dialled(until);
                Ok(wait)
            }
            Next::Stop(stop) => Err(stop),
        }
    }

    /// Attempts made, their waits, and how it ended.
    fn suffers(&mut self, errors: &[Error]) -> (Vec<Duration>, Option<Stop>) {
        let mut waits = Vec::new();
        for error in errors {
            match self.ends(error) {
                Ok(wait) => waits.push(wait),
                Err(stop) => return (waits, Some(stop)),
            }
        }
        (waits, None)
    }
}

fn client(strategy: &str, profile: &str) -> Client {
    fn with<S: Strategy>(profile: &str) -> Client {
        match profile {
            "financial" => Client::new::<S, Financial>(),
            "standard" => Client::new::<S, Standard>(),
            "lightweight" => Client::new::<S, Lightweight>(),
            "messaging" => Client::new::<S, Messaging>(),
            other => panic!("no profile {other}"),
        }
    }
    match strategy {
        "-" => with::<AsProfiled>(profile),
        "always_reconnect" => with::<AlwaysReconnect>(profile),
        "fail_fast" => with::<FailFast>(profile),
        "log_and_continue" => with::<LogAndContinue>(profile),
        "echo" => with::<Echo>(profile),
        other => panic!("no strategy {other}"),
    }
}

const PROFILES: [&str; 4] = ["financial", "standard", "lightweight", "messaging"];

/// Attempts made by the four profiles when: the peer drops; closes with 1000; refuses with 401 twice; answers 503; fails 11 times.
/// `!` is an end as failed, `.` an end as closed; without either the client still lives.
#[test]
fn strategies_and_profiles_decide_as_specified() {
    let table = [
        ("-", "drop", ["1", "1", "1", "1"]),
        ("-", "1000", ["1", "0.", "0.", "0."]),
        ("-", "401", ["1!", "1!", "1!", "1!"]),
        ("-", "503", ["1", "1", "1", "1"]),
        ("-", "11", ["11", "10!", "3!", "11"]),
        ("always_reconnect", "drop", ["1", "1", "1", "1"]),
        ("always_reconnect", "1000", ["1", "1", "1", "1"]),
        ("always_reconnect", "401", ["1!", "1!", "1!", "1!"]),
        ("always_reconnect", "503", ["1", "1", "1", "1"]),
        ("always_reconnect", "11", ["11", "11", "11", "11"]),
        ("fail_fast", "drop", ["1", "1", "1", "1"]),
        ("fail_fast", "1000", ["1", "0.", "0.", "0."]),
        ("fail_fast", "401", ["0!", "0!", "0!", "0!"]),
        ("fail_fast", "503", ["1", "1", "1", "1"]),
        ("fail_fast", "11", ["3!", "3!", "3!", "3!"]),
        ("log_and_continue", "drop", ["1", "1", "1", "1"]),
        ("log_and_continue", "1000", ["1", "1", "1", "1"]),
        ("log_and_continue", "401", ["1!", "1!", "1!", "1!"]),
        ("log_and_continue", "503", ["1", "1", "1", "1"]),
        ("log_and_continue", "11", ["11", "11", "11", "11"]),
        ("echo", "drop", ["1", "1", "1", "1"]),
        ("echo", "1000", ["1", "0.", "0.", "0."]),
        ("echo", "401", ["1!", "1!", "1!", "1!"]),
        ("echo", "503", ["1", "1", "1", "1"]),
        ("echo", "11", ["11", "10!", "3!", "11"]),
    ];
    for (strategy, what, expected) in table {
        let errors = match what {
            "drop" => vec![dropped()],
            "1000" => vec![closed(1000)],
            "401" => vec![rejected(401), rejected(401)],
            "503" => vec![rejected(503)],
            _ => vec![dropped(); 11],
        };
        for (profile, expected) in PROFILES.into_iter().zip(expected) {
            let (waits, stop) = client(strategy, profile).suffers(&errors);
            let end = match stop {
                Some(stop) if stop.is_failure() => "!",
                Some(_) => ".",
                None => "",
            };
            assert_eq!(format!("{}{end}", waits.len()), expected, "{strategy} × {profile} × {what}");
        }
    }
}

/// Where each wait of eleven failures must lie, in milliseconds: exactly the profile's first, then spread over a second or more.
#[test]
fn delays_are_the_profiles_first_to_the_letter_then_spread() {
    type Ranges = &'static [(u64, u64)];
    let table: [(&str, &str, Ranges); 6] = [
        (
            "-",
            "financial",
            &[(75, 125), (1, 1_000), (1, 1_000), (300, 1_300), (1_100, 2_100), (2_400, 4_000), (4_800, 8_000)],
        ),
        ("-", "standard", &[(1_000, 1_000), (1_500, 2_500), (2_500, 3_500), (3_500, 4_500), (4_500, 5_500)]),
        ("-", "lightweight", &[(2_000, 2_000), (1_500, 2_500), (1_500, 2_500)]),
        (
            "-",
            "messaging",
            &[(1_000, 1_000), (1_500, 2_500), (3_500, 4_500), (7_500, 8_500), (15_500, 16_500), (29_000, 30_000)],
        ),
        (
            "always_reconnect",
            "lightweight",
            &[(2_000, 2_000), (3_500, 4_500), (7_500, 8_500), (9_000, 10_000), (9_000, 10_000)],
        ),
        ("always_reconnect", "standard", &[(1_000, 1_000), (1_500, 2_500), (2_500, 3_500)]),
    ];
    for (strategy, profile, expected) in table {
        let (waits, _) = client(strategy, profile).suffers(&vec![dropped(); expected.len()]);
        for (wait, (low, high)) in waits.iter().zip(expected) {
            let range = Duration::from_millis(*low)..=Duration::from_millis(*high);
            assert!(range.contains(wait), "{strategy} × {profile}: {wait:?} of {waits:?} not in {range:?}");
        }
        assert_eq!(waits.len(), expected.len());
    }
}

#[test]
fn attempts_are_counted_on_until_ready_was_stable() {
    let mut short = client("-", "standard");
    assert!(short.ends(&dropped()).is_ok());
    short.ready_for(Duration::from_secs(29));
    assert_eq!(short.course.next_attempt(&short.config, short.now), 2);
    short.ready_for(Duration::from_secs(30));
    assert_eq!(short.course.next_attempt(&short.config, short.now), 1);
}

#[test]
fn a_handlers_wish_replaces_delay_and_decision_but_not_the_pace() {
    let mut client = client("-", "standard");
    let mut last = client.now;
    for _ in 0..20 {
        let error = closed(1000);
        let ended = Ended { error: &error, class: error.class(), wish: Some(Duration::ZERO) };
        let next =
            client.course.ended(ended, &client.decisions, (&client.config, client.traits), client.now, &mut client.rng);
        let Next::Dial { at, .. } = next else { panic!("{next:?}") };
        client.course.dialled(at);
        (client.now, last) = (at, at);
    }
    assert!(client.course.earliest(last) > last);
}

#[test]
fn strategies_tolerate_as_specified() {
    let failed = Error::Panicked { callback: "handle_message" };
    for (strategy, expected) in
        [("-", true), ("always_reconnect", true), ("fail_fast", false), ("log_and_continue", true), ("echo", true)]
    {
        let client = client(strategy, "standard");
        assert_eq!((client.decisions.tolerates)(&failed, failed.class()), expected, "{strategy}");
        assert_eq!(client.decisions.echo, strategy == "echo");
    }
}
