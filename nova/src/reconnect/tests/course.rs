//! What is remembered from one connection to the next, at the edges of its times.

use std::time::Duration;

use super::{Client, client, closed, dropped, rejected};
use crate::{
    config::Attempts,
    error::{Error, ErrorClass},
    reconnect::{Ended, Next},
};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn just_under(seconds: u64) -> Duration {
    secs(seconds).saturating_sub(Duration::from_nanos(1))
}

/// A handler's own delay after an end: what it comes to, and whether the credentials are asked for anew.
fn wished(client: &mut Client, error: &Error, wish: Duration) -> (Duration, bool) {
    let ended = Ended { error, class: error.class(), wish: Some(wish) };
    let next =
        client.course.ended(ended, &client.decisions, (&client.config, client.traits), client.now, &mut client.rng);
    let Next::Dial { at, refresh, .. } = next else { panic!("{next:?}") };
    (at - client.now, refresh)
}

#[test]
fn a_handler_waits_as_long_as_it_wishes_up_to_a_year() {
    let mut client = client("-", "financial");
    assert_eq!(wished(&mut client, &dropped(), secs(7)), (secs(7), false));
    assert_eq!(wished(&mut client, &dropped(), Duration::MAX), (secs(31_536_000), false));
    assert_eq!(
        wished(&mut client, &rejected(401), secs(7)),
        (secs(7), true),
        "a refused login needs other credentials"
    );
}

#[test]
fn attempts_and_refusals_count_until_a_connection_was_stable() {
    let mut client = client("-", "financial");
    assert_eq!((client.course.attempts(), client.course.was_refused()), (0, false));
    client.ends(&dropped()).unwrap();
    client.ends(&dropped()).unwrap();
    assert_eq!((client.course.attempts(), client.course.was_refused()), (2, false));
    client.ends(&rejected(401)).unwrap();
    assert_eq!((client.course.attempts(), client.course.was_refused()), (3, true));
    client.ready_for(just_under(15));
    assert_eq!(client.course.next_attempt(&client.config, client.now), 4);
    client.now += Duration::from_nanos(1);
    assert_eq!(client.course.next_attempt(&client.config, client.now), 1);
    client.course.left(&client.config, client.now);
    assert_eq!((client.course.attempts(), client.course.was_refused()), (0, false));
}

#[test]
fn the_connection_that_probes_is_proven_when_it_has_been_ready_for_as_long_as_a_stable_one() {
    let mut client = client("always_reconnect", "financial");
    client.config.breaker.failures = Some(2);
    client.config.reconnect.max_attempts = Attempts::Unlimited;
    client.course.ready(client.now);
    assert_eq!(client.course.proven_at(&client.config), None, "nothing is to be proven");
    while client.rests == 0 {
        client.ends(&dropped()).unwrap();
    }
    assert_eq!(client.course.proven_at(&client.config), None, "it is not ready");
    client.course.ready(client.now);
    assert_eq!(client.course.proven_at(&client.config), Some(client.now + secs(15)));
    assert!(client.course.proven().is_some() && client.course.proven().is_none());
    assert_eq!(client.course.proven_at(&client.config), None);
}

/// Without jitter the first delay is the profile's to the letter, unless the connection was lost soon after it was ready.
#[test]
fn a_connection_lost_within_ten_seconds_of_ready_counts_as_flapping_and_no_other() {
    for (ready, flaps) in [(just_under(10), true), (secs(10), false)] {
        let mut client = client("-", "financial");
        client.config.reconnect.jitter = 0.0;
        client.ready_for(ready);
        let exact = client.ends(&dropped()).unwrap() == client.config.reconnect.initial_delay;
        assert_eq!(exact, !flaps, "{ready:?}");
    }
}

#[test]
fn an_accusation_counts_with_the_next_within_five_minutes_and_not_at_their_end() {
    for (pause, is_final) in [(just_under(300), true), (secs(300), false)] {
        let mut client = client("always_reconnect", "standard");
        let accused = client.now;
        client.ends(&closed(1002)).unwrap();
        client.now = accused + pause;
        assert_eq!(client.ends(&closed(1002)).is_err(), is_final, "{pause:?}");
    }
}

#[cfg(feature = "tls")]
#[test]
fn a_certificate_that_has_expired_is_no_more_than_a_failure_only_where_it_would_be_final() {
    let expired = tokio_rustls::rustls::Error::InvalidCertificate(tokio_rustls::rustls::CertificateError::Expired);
    let error = Error::Tls { host: "venue.test".into(), source: std::sync::Arc::new(expired) };
    for (class, refreshes) in [(ErrorClass::Critical, false), (ErrorClass::Authentication, true)] {
        let mut client = client("-", "financial");
        let ended = Ended { error: &error, class, wish: None };
        let next =
            client.course.ended(ended, &client.decisions, (&client.config, client.traits), client.now, &mut client.rng);
        let Next::Dial { refresh, .. } = next else { panic!("{next:?}") };
        assert_eq!(refresh, refreshes, "{class:?}");
    }
}
