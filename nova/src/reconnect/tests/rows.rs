//! Rows of the failure catalogue, as far as coming back is concerned.

use std::{io, sync::Arc, time::Duration};

use rand::{SeedableRng, rngs::StdRng};

use super::{client, closed, dropped, rejected};
use crate::{error::Error, reconnect::Stop};

fn asked(seconds: u64) -> Error {
    let retry_after = Some(Duration::from_secs(seconds));
    Error::Rejected { status: 503, body: "".into(), retry_after, location: None, offset_ms: None }
}

fn ends_at_once(errors: impl IntoIterator<Item = Error>) {
    for error in errors {
        for strategy in ["-", "always_reconnect", "fail_fast", "log_and_continue", "echo"] {
            let (waits, stop) = client(strategy, "financial").suffers(std::slice::from_ref(&error));
            assert_eq!((waits.len(), stop), (0, Some(Stop::Terminal)), "{strategy}: {error}");
        }
    }
}

fn is_tried_again(errors: impl IntoIterator<Item = Error>) {
    for error in errors {
        assert_eq!(client("-", "standard").ends(&error), Ok(Duration::from_secs(1)), "{error}");
    }
}

fn is_refreshed_once(error: &Error) {
    let (waits, stop) = client("-", "standard").suffers(&[error.clone(), error.clone()]);
    assert_eq!((waits, stop), (vec![Duration::ZERO], Some(Stop::Refused)), "{error}");
}

#[test]
fn a_certificate_that_is_refused_ends_at_once() {
    ends_at_once([Error::Tls { host: "venue.test".into(), source: Arc::new(io::Error::other("expired")) }]);
}

#[cfg(feature = "tls")]
#[test]
fn r013_a_certificate_that_has_expired_is_final_at_the_third_dial() {
    let expired = || {
        let refused = tokio_rustls::rustls::Error::InvalidCertificate(tokio_rustls::rustls::CertificateError::Expired);
        Error::Tls { host: "venue.test".into(), source: Arc::new(refused) }
    };
    for (strategy, profile) in [("-", "financial"), ("always_reconnect", "standard")] {
        let (waits, stop) = client(strategy, profile).suffers(&[expired(), expired(), expired()]);
        assert_eq!((waits.len(), stop), (2, Some(Stop::Terminal)), "{strategy}");
        assert!(waits.iter().all(|wait| !wait.is_zero()), "{waits:?}");
    }
    let renewed = client("-", "financial").suffers(&[expired(), expired(), rejected(502), dropped()]).1;
    assert_eq!(renewed, None);
}

#[test]
fn r021_a_wrong_address_or_missing_rights_end_at_once() {
    ends_at_once([400, 403, 404, 405, 410].map(rejected));
}

#[test]
fn r025_a_redirect_ends_at_once() {
    ends_at_once([301, 302, 303, 307, 308].map(rejected));
}

#[test]
fn r055_a_message_that_was_too_big_ends_at_once() {
    ends_at_once([closed(1009)]);
}

#[test]
fn r022_a_refused_upgrade_is_tried_once_more_at_once() {
    is_refreshed_once(&rejected(401));
    let mut later = client("-", "standard");
    assert_eq!(later.suffers(&[rejected(401), rejected(502), rejected(401)]).1, Some(Stop::Refused));
}

#[test]
fn r054_a_breached_policy_is_taken_for_a_refused_login() {
    is_refreshed_once(&closed(1008));
}

#[test]
fn r059_of_the_registered_codes_3000_is_a_refused_login_and_3003_the_end() {
    is_refreshed_once(&closed(3000));
    ends_at_once([closed(3003)]);
    is_tried_again([3008, 3001, 3999].map(closed));
}

#[test]
fn r022_after_a_stable_ready_a_refusal_is_the_first_again() {
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
fn r023_a_server_in_trouble_is_tried_again() {
    is_tried_again([408, 425, 500, 502, 504, 520, 522, 527, 530].map(rejected));
}

#[test]
fn r053_an_end_without_a_code_or_a_close_is_tried_again() {
    is_tried_again([closed(1005), closed(1006), dropped()]);
}

#[test]
fn r057_a_server_that_failed_is_tried_again() {
    is_tried_again([1011, 1014].map(closed));
}

#[test]
fn r024_retry_after_is_waited_for_up_to_five_minutes() {
    for (seconds, low, high) in
        [(0, 500, 1_500), (7, 7_000, 8_000), (290, 290_000, 291_000), (1_000_000_000_000, 300_000, 300_000)]
    {
        let wait = client("-", "standard").ends(&asked(seconds)).unwrap();
        assert!((low..=high).contains(&wait.as_millis()), "{seconds}: {wait:?}");
    }
}

#[test]
fn r027_a_page_instead_of_a_websocket_is_tried_again_slowly() {
    is_slow(&Error::Upgrade { reason: "a page".into() });
}

#[test]
fn r011_what_this_machine_lacks_is_tried_again_slowly() {
    is_slow(&Error::LocalResource { source: Arc::new(io::Error::from_raw_os_error(24)) });
}

fn is_slow(error: &Error) {
    for profile in ["financial", "standard"] {
        let mut client = client("-", profile);
        for attempt in 1..=5 {
            let wait = client.ends(error).unwrap();
            assert!((5_000..=10_000).contains(&wait.as_millis()), "{profile}, {attempt}: {wait:?}");
        }
    }
}

#[test]
fn r050_a_normal_close_ends_all_but_financial() {
    assert!(client("-", "financial").ends(&closed(1000)).is_ok());
    assert_eq!(client("-", "standard").ends(&closed(1000)), Err(Stop::Done));
}

#[test]
fn r052_an_accusation_is_survived_once_in_five_minutes() {
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

/// The waits of two hundred clients after a close with this code.
fn spreads(code: u16, low: u128, high: u128) {
    let waits: Vec<u128> = (0..200)
        .map(|seed| {
            let mut client = client("-", "financial");
            client.rng = StdRng::seed_from_u64(seed);
            client.ends(&closed(code)).unwrap().as_millis()
        })
        .collect();
    let (first, last) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
    assert!(low <= first && last <= high, "{code}: {first}..{last}");
    assert!(last - first > (high - low) * 8 / 10, "{code}: {first}..{last}");
}

#[test]
fn r051_a_server_that_goes_away_gets_its_clients_back_spread_out() {
    spreads(1001, 1, 1_000);
}

#[test]
fn a_server_that_restarts_gets_its_clients_back_between_five_and_thirty_seconds() {
    spreads(1012, 5_000, 30_000);
    spreads(1013, 5_000, 30_000);
}

#[test]
fn r062_a_server_that_drops_at_once_is_dialled_ever_more_slowly() {
    let mut client = client("-", "financial");
    let start = client.now;
    let mut attempts = 0;
    while client.now - start < Duration::from_secs(600) {
        client.ends(&dropped()).unwrap();
        attempts += 1;
        client.ready_for(Duration::from_millis(1));
    }
    assert!(attempts < 50, "{attempts} attempts in ten minutes");
    assert!(client.rests > 0, "it never rested");
    assert!(client.ends(&dropped()).unwrap() >= Duration::from_secs(15));
}

#[test]
fn r063_a_client_that_is_dropped_now_and_then_never_gives_up() {
    let mut client = client("-", "standard");
    for _ in 0..1_000 {
        assert_eq!(client.ends(&dropped()), Ok(Duration::from_secs(1)));
        client.ready_for(Duration::from_secs(600));
    }
}
