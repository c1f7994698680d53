//! Refused and failing upgrades: which end the client, which are tried again, when, and with what.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nova::{
    Address, Clock, Error, State,
    test::{
        Handshake, Scenario,
        fault::{Direction, Faults, Faulty},
    },
};

use crate::{
    script::{Act, End, assert_within, delays, ended, pass, ready_after, scripted, waits},
    support::{Plain, venue},
};

#[nova::client(platform = Plain)]
struct Standard;

#[nova::client(platform = Plain, profile = "financial")]
struct Financial;

/// The sixth of November 1994, 08:49:37 UTC: the date that the standard's own examples use.
#[derive(Clone, Copy, Debug)]
struct In1994;

impl Clock for In1994 {
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(784_111_777)
    }
}

#[tokio::test(start_paused = true)]
async fn r021_a_wrong_address_or_missing_rights_end_the_client_after_one_dial() {
    for status in [400, 403, 404, 405, 410] {
        let (dialer, log) = scripted([Act::Answer(Handshake::reject(status).body("no such thing\x07")), Act::Stay]);
        let error = nova::connect(Standard).dialer(dialer).await.expect_err("refused");
        let Error::Rejected { status: told, body, location: None, retry_after: None, offset_ms: None } = &error else {
            panic!("{error}")
        };
        assert_eq!((*told, &**body), (status, r"no such thing\u{7}"));
        pass(3_600).await;
        assert_eq!(log.dials(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn r021_who_still_holds_the_client_is_told_how_it_ended() {
    let (dialer, _log) = scripted([Act::http(403)]);
    let client = nova::connect(Standard).dialer(dialer).start().expect("started");
    let subscribed = client.subscribe("a").await;
    assert_eq!(ended(&client).await, State::Failed);
    for error in [subscribed.expect_err("over"), client.subscribe("b").await.expect_err("over")] {
        let Error::Ended { source } = &error else { panic!("{error}") };
        assert!(matches!(**source, Error::Rejected { status: 403, .. }), "{source}");
    }
    assert!(client.next().await.is_none());
    assert!(client.wait_ready().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn r022_a_401_is_answered_at_once_with_a_fresh_token_and_a_second_one_ends_the_client() {
    for (second, end) in [(Act::Stay, None), (Act::http(401), Some(State::Failed))] {
        let (dialer, log) = scripted([Act::http(401), second]);
        let made = Arc::new(AtomicU32::new(0));
        let counter = made.clone();
        let client = nova::connect(Standard)
            .address(move || {
                let number = counter.fetch_add(1, Relaxed) + 1;
                async move { Ok(Address::new("ws://venue.test/").header("Authorization", format!("Bearer t{number}"))) }
            })
            .dialer(dialer)
            .start()
            .expect("started");
        match end {
            None => ready_after(&client, &log, 2).await,
            Some(state) => {
                assert_eq!(ended(&client).await, state);
                let error = client.watch().end().expect("an error");
                assert!(matches!(error, Error::Rejected { status: 401, .. }), "{error}");
            }
        }
        pass(600).await;
        assert_eq!(waits(&log), [0]);
        assert_eq!(made.load(Relaxed), 2);
        for (number, dial) in log.requests().iter().enumerate() {
            assert!(dial.head().contains(&format!("Authorization: Bearer t{}\r\n", number + 1)), "{dial:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r022_the_retry_of_a_401_comes_anew_after_a_stable_ready() {
    let (dialer, log) = scripted([
        Act::http(401),
        Act::ready_for(60, End::Drop),
        Act::http(401),
        Act::ready_for(5, End::Drop),
        Act::http(401),
    ]);
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    assert_eq!(ended(&client).await, State::Failed);
    assert_eq!(log.dials(), 5);
    assert_within("delays", &waits(&log), &[0..=0, 1_000..=1_000, 0..=0, 1_500..=2_500]);
}

#[tokio::test(start_paused = true)]
async fn r023_a_server_in_trouble_is_tried_again_as_the_profile_says() {
    for status in [408, 425, 500, 502, 504, 521] {
        let (dialer, log) = scripted([Act::http(status), Act::http(status), Act::http(status), Act::Stay]);
        let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
        assert_within("delays", &waits(&log), &[1_000..=1_000, 1_500..=2_500, 2_500..=3_500]);
        assert!(client.state().is_ready());
        pass(600).await;
        assert_eq!(log.dials(), 4, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn r024_a_server_that_asks_for_time_gets_it_up_to_five_minutes() {
    // The profile's own delay is 1 s, and clients of a busy server spread over a second.
    let own = 500..=1_500;
    let table = [
        (None, own.clone()),
        (Some("0"), own.clone()),
        (Some("7"), 7_000..=8_000),
        (Some("299"), 299_000..=300_000),
        (Some("1000000000000"), 300_000..=300_000),
        (Some("Sun, 06 Nov 1994 08:50:07 GMT"), 30_000..=31_000),
        (Some("Sun, 06 Nov 1994 08:00:00 GMT"), own.clone()),
        (Some("Fri, 31 Dec 9999 23:59:59 GMT"), 300_000..=300_000),
        (Some("-1"), own.clone()),
        (Some("soon"), own.clone()),
        (Some(""), own),
    ];
    for status in [429, 503] {
        for (header, band) in &table {
            let busy = Handshake::reject(status).body("busy");
            let busy = header.iter().fold(busy, |busy, value| busy.header("Retry-After", *value));
            let (dialer, log) = scripted([Act::Answer(busy), Act::Stay]);
            let client = nova::connect(Standard).dialer(dialer).clock(In1994).seed(7).await.expect("ready");
            let what = format!("{status} {header:?}");
            assert_within(&what, &waits(&log), std::slice::from_ref(band));
            assert_within(&what, &delays(&client), std::slice::from_ref(band));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r025_a_redirect_is_not_followed_and_its_target_is_told_without_secrets() {
    let table = [
        ("wss://other.test/v2?token=k-123#top", "wss://other.test/v2"),
        ("https://me:k-123@other.test?token=k-123", "https://other.test"),
        ("/v2?token=k-123", "/v2"),
    ];
    for status in [301, 302, 303, 307, 308] {
        for (target, shown) in table {
            let moved = Handshake::reject(status).header("Location", target);
            let (dialer, log) = scripted([Act::Answer(moved), Act::Stay]);
            let error = nova::connect(Standard).dialer(dialer).await.expect_err("refused");
            let Error::Rejected { status: told, location: Some(location), .. } = &error else { panic!("{error}") };
            assert_eq!((*told, &**location), (status, shown));
            assert!(!format!("{error} {error:?}").contains("k-123"), "{error:?}");
            pass(3_600).await;
            assert_eq!(log.dials(), 1, "{status} {target}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn r027_a_login_page_in_front_of_the_network_is_told_and_waited_out() {
    let portal = Handshake::reject(200).header("Content-Type", "text/html").body("<h1>Hotel</h1>");
    let cached = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAge: 60\r\n\r\n";
    for answer in [portal, Handshake::garbage(cached)] {
        let (dialer, log) = scripted([Act::Answer(answer.clone()), Act::Answer(answer), Act::Stay]);
        let client = nova::connect(Financial).dialer(dialer).await.expect("ready");
        assert_within("delays", &waits(&log), &[5_000..=10_000, 5_000..=10_000]);
        let told = client.history().into_iter().find_map(|step| match &*step.cause {
            nova::Cause::Error(error @ Error::Upgrade { .. }) => Some(error.to_string()),
            _ => None,
        });
        assert!(told.is_some_and(|told| told.contains("`<h1>Hotel</h1>`") || told.contains("Accept")));
    }
}

#[tokio::test(start_paused = true)]
async fn r033_an_answer_that_dawdles_is_cut_at_the_deadline() {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Long: ";
    let (dialer, server) = venue();
    let dialer = Faulty::new(dialer, Faults::new().only(Direction::Inbound, |faults| faults.bandwidth(1)));
    server.script(
        Scenario::new().handshake(Handshake::garbage(head)).forever(Scenario::new().handshake(Handshake::stall())),
    );
    let client = nova::connect(Financial).dialer(dialer).start().expect("started");
    let began = tokio::time::Instant::now();
    client.watch().until(|state| state == State::Backoff).await.expect("it goes on");
    assert_eq!(began.elapsed(), Duration::from_secs(5), "connection.timeout");
}

#[tokio::test(start_paused = true)]
async fn connect_resolves_at_the_first_ready_however_often_it_takes() {
    let start = tokio::time::Instant::now();
    let failures = [Act::HangUp, Act::http(502), Act::Upgrade(End::Drop), Act::Upgrade(End::Code(1011)), Act::Mute];
    let (dialer, log) = scripted(failures.into_iter().chain([Act::Stay]));
    let client = nova::connect(Standard).dialer(dialer).await.expect("ready");
    assert!(client.state().is_ready());
    assert_eq!(log.dials(), 6);
    // Delays of 1 to 5 s, and 10 s for the server that never answered.
    let took = start.elapsed().as_secs();
    assert!((22..=28).contains(&took), "{took}");
    let error = client.history().iter().rev().find_map(|step| match &*step.cause {
        nova::Cause::Error(error) => Some(error.clone()),
        _ => None,
    });
    assert!(matches!(error, Some(Error::Timeout { what: "connecting", .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn connect_resolves_with_the_error_that_ended_the_client() {
    let (dialer, log) = scripted([Act::HangUp]);
    let error = nova::connect(Standard).dialer(dialer).await.expect_err("given up");
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    assert_eq!(log.dials(), 11, "the first, and the ten attempts of the profile");
}

#[tokio::test(start_paused = true)]
async fn an_address_is_made_anew_for_each_attempt() {
    let (dialer, log) =
        scripted([Act::HangUp, Act::ready_for(60, End::Drop), Act::ready_for(60, End::Code(1001)), Act::Stay]);
    let made = AtomicU32::new(0);
    let client = nova::connect(Financial)
        .header("X-Always", "the same")
        .address(move || {
            let number = made.fetch_add(1, Relaxed) + 1;
            async move {
                // An address may have to be fetched first.
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(Address::new(format!("ws://node-{number}.test/feed?ticket={number}"))
                    .header("X-Token", number.to_string()))
            }
        })
        .dialer(dialer)
        .await
        .expect("ready");
    ready_after(&client, &log, 4).await;
    for (number, dial) in (1..).zip(log.requests()) {
        for line in [
            format!("GET /feed?ticket={number} HTTP/1.1\r\n"),
            format!("Host: node-{number}.test\r\n"),
            format!("X-Token: {number}\r\n"),
            "X-Always: the same\r\n".to_owned(),
        ] {
            assert!(dial.head().contains(&line), "{line} is not in {}", dial.head());
        }
    }
}

type Make = Box<dyn Fn() -> nova::Result<Address> + Send + Sync>;

#[tokio::test(start_paused = true)]
async fn an_address_that_cannot_be_made_is_tried_again_and_a_wrong_one_ends_the_client() {
    let failed = Error::Dns { host: "tickets.test".into(), source: Arc::new(std::io::Error::other("no answer")) };
    let table: [(Make, Option<&str>); 4] = [
        (Box::new(move || Err(failed.clone())), None),
        (Box::new(|| Ok(Address::new("http://venue.test/"))), Some("url")),
        (Box::new(|| Ok(Address::new("ws://venue.test/").header("X-Key", "k-123\r\n"))), Some("header")),
        (Box::new(|| Ok(Address::new("ws://venue.test/").header("Host", "k-123"))), Some("header")),
    ];
    for (second, refused) in table {
        let (dialer, log) = scripted([Act::HangUp, Act::Stay]);
        let made = AtomicU32::new(0);
        let client = nova::connect(Standard)
            .address(move || {
                let address = match made.fetch_add(1, Relaxed) {
                    1 => second(),
                    _ => Ok(Address::new("ws://venue.test/")),
                };
                async move { address }
            })
            .dialer(dialer)
            .await;
        match (client, refused) {
            (Ok(client), None) => assert_within("delays", &delays(&client), &[1_000..=1_000, 1_500..=2_500]),
            (Err(Error::Config { field, reason }), Some(expected)) => {
                assert_eq!(field, expected);
                assert!(!reason.contains("k-123"), "{reason}");
            }
            (other, _) => panic!("{refused:?}: {other:?}"),
        }
        pass(600).await;
        assert_eq!(log.dials(), if refused.is_some() { 1 } else { 2 });
    }
}
