//! Where redirects lead, and what goes along.

use crate::{
    error::{Error, ErrorClass, Result},
    transport::{Endpoint, Upgrade, redirect::Route},
};

const START: &str = "wss://venue.test/api/v1/ws?key=k-123";

fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(url).expect("an address")
}

fn request() -> Upgrade {
    Upgrade { headers: vec![("X-Key".to_owned(), "k-456".into())], ..Upgrade::default() }
}

fn followed(from: &str, location: &str) -> Result<(String, bool)> {
    let (from, mut request) = (endpoint(from), request());
    let to = Route::new(&from, 5, false).follow(&from, location, &mut request)?;
    let scheme = if to.is_tls() { "wss" } else { "ws" };
    Ok((format!("{scheme}://{}{}", to.authority(), to.target()), !request.headers.is_empty()))
}

#[test]
fn r026_a_redirect_leads_where_it_says_and_headers_stay_with_their_origin() {
    for (location, to, headers) in [
        ("wss://venue.test/v2?key=k-9", "wss://venue.test/v2?key=k-9", true),
        ("https://VENUE.test:443/v2#top", "wss://venue.test/v2", true),
        ("/v2", "wss://venue.test/v2", true),
        ("v2?a=b", "wss://venue.test/api/v1/v2?a=b", true),
        ("?to=https://else.test", "wss://venue.test/api/v1/ws?to=https://else.test", true),
        ("//eu.venue.test/ws", "wss://eu.venue.test/ws", false),
        ("wss://eu.venue.test/ws", "wss://eu.venue.test/ws", false),
        ("wss://venue.test:8443/ws", "wss://venue.test:8443/ws", false),
        ("https://venue.test.evil.test/", "wss://venue.test.evil.test/", false),
    ] {
        let followed = followed(START, location).expect(location);
        assert_eq!(followed, (to.to_owned(), headers), "{location}");
    }
    let upwards = followed("ws://venue.test/ws", "https://venue.test/ws").expect("encrypted");
    assert_eq!(upwards, ("wss://venue.test/ws".to_owned(), false), "another origin");
}

#[test]
fn r026_what_must_not_be_followed_is_refused_without_its_secrets() {
    for (location, why) in [
        ("http://venue.test/ws?key=s3cr3t", "from wss to ws"),
        ("ws://venue.test/ws", "from wss to ws"),
        ("wss://user:s3cr3t@venue.test/ws", "credentials"),
        ("ftp://venue.test/ws", "scheme"),
        ("mailto:desk@venue.test", "ws:// or wss://"),
        ("wss://venue.test/api/v1/ws?key=k-123", "circle"),
        ("https://", "host"),
        ("/a b", "white space"),
    ] {
        let error = followed(START, location).expect_err(location);
        assert!(
            matches!(error, Error::Redirect { .. }) && error.class() == ErrorClass::Critical,
            "{location}: {error}"
        );
        let told = format!("{error} {error:?}");
        assert!(error.to_string().contains(why) && !told.contains("s3cr3t"), "{location}: {told}");
    }
}

#[test]
fn r026_headers_that_were_dropped_stay_so_and_no_more_are_followed_than_asked_for() {
    let start = endpoint(START);
    let (mut route, mut request) = (Route::new(&start, 3, false), request());
    let away = route.follow(&start, "wss://b.test/", &mut request).expect("away");
    let back = route.follow(&away, "wss://venue.test/back", &mut request).expect("and back");
    assert!(request.headers.is_empty(), "the other origin chose where to");
    let last = route.follow(&back, "/c", &mut request).expect("the third");
    let error = route.follow(&last, "/d", &mut request).expect_err("the fourth");
    assert!(error.to_string().contains("one more than the 3"), "{error}");
}

#[test]
fn r026_no_login_and_no_subprotocol_goes_to_another_origin() {
    let start = endpoint(START);
    let mut offering = Upgrade { subprotocols: vec!["bearer.k-456".to_owned()], ..request() };
    for (logs_in, request, why) in [(true, &mut request(), "no credentials"), (false, &mut offering, "no subprotocols")]
    {
        Route::new(&start, 5, logs_in).follow(&start, "/v2", request).expect("the same origin");
        let error = Route::new(&start, 5, logs_in).follow(&start, "wss://b.test/", request).expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
    }
}
