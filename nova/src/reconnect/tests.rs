//! Coming back: the table of strategies and profiles, the schedule's bounds, and what is counted.

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
    Error::Closed { code: CloseCode(code), reason: "".into() }
}

fn rejected(status: u16) -> Error {
    Error::Rejected { status, body: "".into(), retry_after: None, location: None }
}

fn asked(seconds: u64) -> Error {
    let retry_after = Some(Duration::from_secs(seconds));
    Error::Rejected { status: 503, body: "".into(), retry_after, location: None }
}

/// A client that has been ready for an hour, and what becomes of it.
struct Client {
    decisions: Decisions,
    config: Config,
    traits: Traits,
    course: Course,
    now: Instant,
    rng: StdRng,
}

impl Client {
    fn new<S: Strategy, P: Profile>() -> Self {
        let decisions = Decisions::of::<S>();
        let layers = [(Layer::Profile, P::PATCH)];
        let strategy = (Layer::Strategy, (decisions.patch)(&Config::layered(&layers)));
        let config = Config::resolve(&[layers[0], strategy], &Bounds::new()).unwrap();
        let now = Instant::now();
        let rng = StdRng::seed_from_u64(7);
        let mut client = Self { decisions, config, traits: P::TRAITS, course: Course::default(), now, rng };
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
    let table: [(&str, &str, &[(u64, u64)]); 6] = [
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
fn r21_r25_what_cannot_heal_is_not_tried_again() {
    let tls = Error::Tls { host: "venue.test".into(), source: Arc::new(io::Error::other("expired")) };
    let mut errors: Vec<Error> = [400, 403, 404, 405, 410, 301, 302, 307].map(rejected).to_vec();
    errors.extend([tls, closed(1009), closed(3003)]);
    for error in errors {
        for strategy in ["-", "always_reconnect", "fail_fast", "log_and_continue", "echo"] {
            let (waits, stop) = client(strategy, "financial").suffers(std::slice::from_ref(&error));
            assert_eq!((waits.len(), stop), (0, Some(Stop::Terminal)), "{strategy}: {error}");
        }
    }
}

#[test]
fn r22_r54_a_refused_login_is_tried_once_more_at_once() {
    for error in [rejected(401), closed(1008), closed(3000)] {
        let (waits, stop) = client("-", "standard").suffers(&[error.clone(), error.clone()]);
        assert_eq!((waits, stop), (vec![Duration::ZERO], Some(Stop::Refused)), "{error}");
    }
    let mut later = client("-", "standard");
    assert_eq!(later.suffers(&[rejected(401), rejected(502), rejected(401)]).1, Some(Stop::Refused));
}

#[test]
fn r22_after_a_stable_ready_a_refusal_is_the_first_again() {
    let mut client = client("-", "standard");
    for _ in 0..5 {
        assert_eq!(client.ends(&closed(1008)), Ok(Duration::ZERO));
        client.ready_for(Duration::from_secs(31));
    }
    client.ready_for(Duration::from_secs(31));
    assert_eq!(client.ends(&closed(1008)), Ok(Duration::ZERO));
    client.ready_for(Duration::from_secs(5));
    assert_eq!(client.ends(&closed(1008)), Err(Stop::Refused));
}

#[test]
fn r23_r53_r57_what_may_pass_is_tried_again() {
    let errors =
        [408, 425, 500, 502, 504].map(rejected).into_iter().chain([1001, 1005, 1006, 1011, 1014, 4000].map(closed));
    for error in errors {
        assert!(client("-", "standard").ends(&error).is_ok(), "{error}");
    }
}

#[test]
fn r24_retry_after_is_waited_for_up_to_five_minutes() {
    for (seconds, low, high) in
        [(0, 500, 1_500), (7, 7_000, 8_000), (290, 290_000, 291_000), (1_000_000_000_000, 300_000, 300_000)]
    {
        let wait = client("-", "standard").ends(&asked(seconds)).unwrap();
        assert!((low..=high).contains(&wait.as_millis()), "{seconds}: {wait:?}");
    }
}

#[test]
fn r50_a_normal_close_ends_all_but_financial() {
    assert!(client("-", "financial").ends(&closed(1000)).is_ok());
    assert_eq!(client("-", "standard").ends(&closed(1000)), Err(Stop::Done));
}

#[test]
fn r52_an_accusation_is_survived_once_in_five_minutes() {
    for code in [1002, 1003, 1007] {
        let mut twice = client("always_reconnect", "standard");
        assert!(twice.ends(&closed(code)).is_ok());
        twice.ready_for(Duration::from_secs(280));
        assert_eq!(twice.ends(&closed(code)), Err(Stop::Breached));

        let mut rarely = client("-", "standard");
        for _ in 0..5 {
            assert!(rarely.ends(&closed(code)).is_ok());
            rarely.ready_for(Duration::from_secs(301));
        }
    }
}

#[test]
fn r51_r58_a_server_that_goes_away_gets_its_clients_back_spread_out() {
    for (code, low, high) in [(1001, 1, 1_000), (1012, 5_000, 30_000), (1013, 5_000, 30_000)] {
        let mut seen = Vec::new();
        for seed in 0..200 {
            let mut client = client("-", "financial");
            client.rng = StdRng::seed_from_u64(seed);
            let wait = client.ends(&closed(code)).unwrap().as_millis();
            assert!((low..=high).contains(&wait), "{code}: {wait}");
            seen.push(wait);
        }
        let spread = seen.iter().max().unwrap() - seen.iter().min().unwrap();
        assert!(spread > (high - low) * 8 / 10, "{code}: {spread}");
    }
}

#[test]
fn r62_a_server_that_drops_at_once_is_dialled_ever_more_slowly() {
    let mut client = client("-", "financial");
    let start = client.now;
    let mut attempts = 0;
    while client.now - start < Duration::from_secs(600) {
        client.ends(&dropped()).unwrap();
        attempts += 1;
        client.ready_for(Duration::from_millis(1));
    }
    assert!(attempts < 50, "{attempts} attempts in ten minutes");
    assert!(client.ends(&dropped()).unwrap() >= Duration::from_secs(15));
}

#[test]
fn r63_a_client_that_is_dropped_now_and_then_never_gives_up() {
    let mut client = client("-", "standard");
    for _ in 0..1_000 {
        assert_eq!(client.ends(&dropped()), Ok(Duration::from_secs(1)));
        client.ready_for(Duration::from_secs(600));
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
        assert_eq!(client.decisions.warns, strategy == "log_and_continue");
    }
}
