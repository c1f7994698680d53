//! Which URLs are taken.

use proptest::prelude::*;

use crate::{error::Error, transport::Endpoint};

#[test]
fn r087_urls_are_read_or_refused_with_a_reason() {
    let taken = [
        ("ws://venue.test", "venue.test", 80, "/", "venue.test"),
        ("wss://venue.test", "venue.test", 443, "/", "venue.test"),
        ("WSS://Venue.Test:443/WS", "venue.test", 443, "/WS", "venue.test"),
        ("wss://venue.test:8443/a/b?c=d&e=%23", "venue.test", 8443, "/a/b?c=d&e=%23", "venue.test:8443"),
        ("ws://venue.test?x=1", "venue.test", 80, "/?x=1", "venue.test"),
        ("ws://127.0.0.1:9001/", "127.0.0.1", 9001, "/", "127.0.0.1:9001"),
        ("ws://[::1]:9001/x", "::1", 9001, "/x", "[::1]:9001"),
        ("wss://[2001:DB8::0:1]", "2001:db8::1", 443, "/", "[2001:db8::1]"),
        ("wss://xn--bcher-kva.test/", "xn--bcher-kva.test", 443, "/", "xn--bcher-kva.test"),
        ("wss://a_b-c.test/", "a_b-c.test", 443, "/", "a_b-c.test"),
    ];
    for (url, host, port, target, authority) in taken {
        let endpoint = Endpoint::parse(url).expect(url);
        assert_eq!((endpoint.host(), endpoint.port(), endpoint.target()), (host, port, target), "{url}");
        assert_eq!(endpoint.authority(), authority, "{url}");
        assert_eq!(endpoint.is_tls(), url.to_lowercase().starts_with("wss"), "{url}");
    }

    let long = format!("wss://venue.test/{}", "x".repeat(8 * 1024));
    let refused = [
        ("", "start with"),
        ("venue.test", "start with"),
        ("//venue.test", "start with"),
        ("http://venue.test/k-123", "write ws://"),
        ("https://venue.test/k-123", "write wss://"),
        ("ftp://venue.test/k-123", "scheme"),
        ("wss://", "host is missing"),
        ("wss:///k-123", "host is missing"),
        ("wss://?k-123", "host is missing"),
        ("wss://:443/", "host is missing"),
        ("wss://venue.test/#k-123", "fragment"),
        ("wss://user:k-123@venue.test/", ".credentials"),
        ("wss://k-123@venue.test/", ".header"),
        ("wss://venue.test/k-123 x", "white space"),
        ("wss://venue.test/\r\nX-Key: k-123", "white space"),
        ("wss://venue.test/k-123\0", "control"),
        ("wss://bücher.test/k-123", "xn--"),
        ("wss://venue.test/k-123/ü", "percent-encode"),
        ("wss://venue.test:0/", "1 to 65535"),
        ("wss://venue.test:65536/", "1 to 65535"),
        ("wss://venue.test:+80/", "1 to 65535"),
        ("wss://venue.test:/", "1 to 65535"),
        ("wss://::1/", "brackets"),
        ("wss://[::1/", "not closed"),
        ("wss://[::1]x/", "may follow"),
        ("wss://[venue.test]/", "no IPv6"),
        ("wss://venue..test/", "malformed"),
        ("wss://venue%2etest/", "malformed"),
        ("wss://venue.test\\x/", "malformed"),
        ("wss://1.2.3/", "IPv4"),
        ("wss://2130706433/", "IPv4"),
        ("wss://999.1.1.1/", "IPv4"),
        (long.as_str(), "8 KiB"),
    ];
    for (url, why) in refused {
        let error = Endpoint::parse(url).expect_err(url);
        assert!(matches!(&error, Error::Config { field, .. } if field == "url"), "{url}: {error}");
        assert!(error.to_string().contains(why), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("k-123"), "{url}: {error}");
    }
}

#[test]
fn the_query_is_never_shown() {
    let endpoint = Endpoint::parse("wss://venue.test:1/ws?key=k-123").unwrap();
    assert_eq!(endpoint.to_string(), "wss://venue.test:1/ws?…");
    assert_eq!(format!("{endpoint:?}"), "Endpoint(wss://venue.test:1/ws?…)");
    assert_eq!(endpoint.path(), "/ws");
}

proptest! {
    #[test]
    fn r087_whatever_is_taken_stays_in_one_request_line(
        url in prop_oneof![".*", "wss?://[a-z0-9.:@\\[\\]%#-]{0,20}[ -~]{0,20}"],
    ) {
        if let Ok(endpoint) = Endpoint::parse(&url) {
            let line = format!("{} {}", endpoint.target(), endpoint.authority());
            prop_assert!(line.is_ascii() && endpoint.target().starts_with('/'));
            prop_assert!(endpoint.target().bytes().all(|byte| byte > b' ' && byte != 0x7f));
            prop_assert!(endpoint.port() > 0 && !endpoint.host().is_empty());
            prop_assert_eq!(Endpoint::parse(&endpoint.to_string().replace("?…", "")).map(|e| e.authority()).ok(), Some(endpoint.authority()));
        }
    }
}
