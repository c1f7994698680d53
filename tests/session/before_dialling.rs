//! What cannot work is refused before anything is dialled, by the name of the field and without its secrets.

use std::time::Duration;

use nova::{Attempts, Connect, Credentials, Error, Patch, Rate, patch};

use crate::{
    script::{Act, scripted},
    support::Plain,
};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// A platform without an address of its own.
#[derive(Default)]
struct Nowhere;

impl nova::PlatformSpec for Nowhere {
    type Codec = nova::codec::Json;
    const SPEC: nova::Spec = nova::Spec::new("nowhere", "");
}

impl nova::Platform for Nowhere {
    type State = ();

    fn receive<'f>(&self, (): &mut (), incoming: nova::Incoming<'f>) -> nova::Result<nova::Inbound<'f>> {
        Ok(nova::Inbound::message(nova::Envelope::whole(incoming.frame, incoming.text)))
    }
}

#[nova::client(platform = Nowhere)]
struct Lost;

type Change = fn(Connect<Desk>) -> Connect<Desk>;

/// The field and the reason with which a client is refused; panics if it was not, or if anything was dialled.
async fn refused<C: nova::Handlers>(connect: Connect<C>, what: &str) -> (String, String) {
    let (dialer, mut listener) = nova::memory();
    let Err(error) = connect.dialer(dialer).start() else { panic!("{what}: it was taken") };
    // The refused client took its dialer with it: a dial would be waiting here, before the end.
    assert!(listener.accept().await.is_none(), "{what}: something was dialled");
    let Error::Config { field, reason } = &error else { panic!("{what}: {error}") };
    assert!(!format!("{error} {error:?}").contains("k-123"), "{what}: {error:?}");
    assert!(error.to_string().contains(&**field), "{error}");
    (field.clone().into_owned(), reason.clone().into_owned())
}

#[tokio::test(start_paused = true)]
async fn r086_settings_that_make_no_sense_are_refused_by_name() {
    const S: Duration = Duration::from_secs(1);
    let reconnect = |patch: patch::Reconnect| Patch::new().reconnect(patch);
    let heartbeat = |patch: patch::Heartbeat| Patch::new().heartbeat(patch);
    let connection = |patch: patch::Connection| Patch::new().connection(patch);
    let table = [
        ("heartbeat.interval", heartbeat(patch::Heartbeat::new().interval(Some(Duration::ZERO)))),
        ("heartbeat.interval", heartbeat(patch::Heartbeat::new().interval(Some(Duration::MAX)))),
        ("heartbeat.timeout", heartbeat(patch::Heartbeat::new().timeout(Duration::ZERO))),
        ("heartbeat.timeout", heartbeat(patch::Heartbeat::new().interval(Some(S)).timeout(10 * S))),
        // The profile's interval is 15 s: a rule over two keys is asked of both, whichever layer they come from.
        ("heartbeat.timeout", heartbeat(patch::Heartbeat::new().timeout(150 * S))),
        ("heartbeat.missed", heartbeat(patch::Heartbeat::new().missed(0))),
        ("reconnect.initial_delay", reconnect(patch::Reconnect::new().initial_delay(Duration::ZERO))),
        ("reconnect.initial_delay", reconnect(patch::Reconnect::new().initial_delay(31 * S))),
        ("reconnect.initial_delay", reconnect(patch::Reconnect::new().initial_delay(2 * S).max_delay(S))),
        ("reconnect.max_delay", reconnect(patch::Reconnect::new().max_delay(Duration::MAX))),
        ("reconnect.jitter", reconnect(patch::Reconnect::new().jitter(1.01))),
        ("reconnect.jitter", reconnect(patch::Reconnect::new().jitter(-0.1))),
        ("reconnect.jitter", reconnect(patch::Reconnect::new().jitter(f64::NAN))),
        ("connection.timeout", connection(patch::Connection::new().timeout(Duration::ZERO))),
        ("connection.request_timeout", connection(patch::Connection::new().request_timeout(Duration::ZERO))),
        ("connection.close_timeout", connection(patch::Connection::new().close_timeout(Duration::MAX))),
        ("connection.max_frame", connection(patch::Connection::new().max_frame(0))),
        ("connection.max_frame", connection(patch::Connection::new().max_frame(2).max_message(1))),
        ("connection.max_message", connection(patch::Connection::new().max_message(0))),
        ("rate_limit.refill", Patch::new().rate_limit(patch::RateLimit::new().refill(Some(Rate::per_second(0))))),
        ("backpressure.buffer", Patch::new().backpressure(patch::Backpressure::new().buffer(0))),
        ("auth.refresh_at", Patch::new().auth(patch::Auth::new().refresh_at(f64::INFINITY))),
        ("subscriptions.chunk", Patch::new().subscriptions(patch::Subscriptions::new().chunk(0))),
    ];
    for (field, patch) in table {
        let (found, reason) = refused(nova::connect(Desk).configure(patch), field).await;
        assert_eq!(found, field, "{reason}");
        assert!(reason.contains("must"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn r086_what_is_just_within_bounds_is_taken() {
    let patch = Patch::new()
        .heartbeat(patch::Heartbeat::new().interval(Some(Duration::from_secs(1))).timeout(Duration::from_millis(9_999)))
        .reconnect(
            patch::Reconnect::new()
                .initial_delay(Duration::from_secs(1))
                .max_delay(Duration::from_secs(1))
                .jitter(1.0)
                .max_attempts(Attempts::AtMost(0)),
        );
    let (dialer, log) = scripted([Act::HangUp]);
    nova::connect(Desk).configure(patch).dialer(dialer).await.expect_err("no attempt is left");
    assert_eq!(log.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn r086_credentials_that_no_venue_can_accept_are_refused_without_their_value() {
    let table = [
        ("credentials.id", Credentials::key("", "k-123")),
        ("credentials.id", Credentials::key("me\n", "k-123")),
        ("credentials.secret", Credentials::key("me", "")),
        ("credentials.secret", Credentials::key("me", "k-123\n")),
        ("credentials.secret", Credentials::signed("me", "k-123\r\n")),
        ("credentials.secret", Credentials::token("k-123\0")),
    ];
    for (field, credentials) in table {
        let (found, _) = refused(nova::connect(Desk).credentials(credentials), field).await;
        assert_eq!(found, field);
    }
}

#[tokio::test(start_paused = true)]
async fn r087_addresses_that_are_no_websocket_addresses_are_refused() {
    let endless = format!("ws://venue.test/{}", "a".repeat(8 * 1024));
    let table = [
        ("", "ws://"),
        ("venue.test", "ws://"),
        ("http://venue.test/", "ws://"),
        ("https://venue.test/", "wss://"),
        ("ftp://venue.test/", "ws or wss"),
        ("ws://", "host"),
        ("ws:///feed", "host"),
        ("ws://:80/", "host"),
        ("ws://venue.test:0/", "port"),
        ("ws://venue.test:65536/", "port"),
        ("ws://venue.test:k-123/", "port"),
        ("ws://[::1/", ""),
        ("ws://venue.test/#top", "fragment"),
        ("ws://me:k-123@venue.test/", "credentials"),
        ("ws://venue.test/a b", "white space"),
        ("ws://venue.test/\r\nHost: evil", "control character"),
        ("ws://venue.test/ä", "ASCII"),
        (&endless, "8 KiB"),
    ];
    for (url, reason) in table {
        let (field, found) = refused(nova::connect(Desk).url(url), url).await;
        assert_eq!(field, "url", "{url}");
        assert!(found.contains(reason), "{url}: {found}");
    }
    for url in ["ws://[::1]:9000/feed?key=k-123", "wss://VENUE.test", "ws://10.0.0.1:80"] {
        let (dialer, log) = scripted([Act::Stay]);
        nova::connect(Desk).url(url).dialer(dialer).await.expect(url);
        assert_eq!(log.dials(), 1, "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn r087_an_address_is_given_once() {
    let twice =
        nova::connect(Desk).url("ws://venue.test/").address(|| async { Ok(nova::Address::new("ws://a.test/")) });
    assert_eq!(refused(twice, "two addresses").await.0, "url");
    let (field, reason) = refused(nova::connect(Lost), "no address").await;
    assert_eq!(field, "url");
    assert!(reason.contains("nowhere"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn r088_headers_that_would_change_the_request_are_refused_without_their_value() {
    let table: [(&str, &str, Change); 12] = [
        ("header", "X-Key", |connect| connect.header("X-Key", "k-123\r\nHost: evil")),
        ("header", "X-Key", |connect| connect.header("X-Key", "k-123\n")),
        ("header", "X-Key", |connect| connect.header("X-Key", "k-123\0")),
        ("header", "X-Key", |connect| connect.header("X-Key\r\nHost", "k-123")),
        ("header", "", |connect| connect.header("", "k-123")),
        ("header", "Host", |connect| connect.header("Host", "k-123")),
        ("header", "upgrade", |connect| connect.header("upgrade", "k-123")),
        ("header", "CONNECTION", |connect| connect.header("CONNECTION", "k-123")),
        ("header", "Sec-WebSocket-Key", |connect| connect.header("Sec-WebSocket-Key", "k-123")),
        ("header", "Sec-WebSocket-Protocol", |connect| connect.header("Sec-WebSocket-Protocol", "k-123")),
        ("subprotocols", "a b", |connect| connect.subprotocol("a b")),
        ("subprotocols", "v1", |connect| connect.subprotocol("v1\r\nHost: evil")),
    ];
    for (field, named, change) in table {
        let (found, reason) = refused(change(nova::connect(Desk)), named).await;
        assert_eq!(found, field);
        assert!(reason.contains(named), "{named}: {reason}");
    }
}
