//! Names that do not resolve, resolvers that never answer.

use std::{fs, time::Instant};

use nova::Error;

use crate::{
    alone::in_a_network,
    lawful::assert_lawful,
    resolver::{Mood, Resolver},
    venue::{Venue, appear, echoes, millis, next_error, start},
};

#[nova::client(platform = "echo", strategy = "fail_fast", reconnect(initial_delay = "10ms"))]
struct Impatient;

#[test]
fn r001_a_name_that_does_not_resolve_is_asked_for_anew_until_it_does() {
    in_a_network(async {
        let (resolver, venue) = (Resolver::start(Mood::Unknown).await, Venue::on("10.9.0.1").await);
        let refused = nova::connect(Impatient).url(venue.url("venue.test")).await.expect_err("no such name");
        assert!(matches!(&refused, Error::Dns { host, .. } if &**host == "venue.test"), "{refused}");

        let (desk, mut events) = start(venue.url("venue.test"));
        for mood in [Mood::Unknown, Mood::Failing, Mood::Knows(Vec::new())] {
            resolver.becomes(mood.clone());
            // The first may have been asked for before.
            for _ in 0..2 {
                let asked = resolver.asked();
                let error = next_error(&mut events).await;
                assert!(matches!(error, Error::Dns { .. }) && error.is_transient(), "{mood:?}: {error}");
                assert!(resolver.asked() > asked, "{mood:?}: each attempt asks");
            }
        }
        resolver.becomes(Mood::knows(&["10.9.0.1"]));
        desk.wait_ready().await.expect("ready");
        echoes(&desk, "found").await;
        assert_eq!(venue.accepted(), 1);
        assert_lawful(&desk);
    });
}

#[test]
fn r001_a_venue_that_moved_is_found_at_its_new_address() {
    in_a_network(async {
        appear("10.9.0.2");
        appear("10.9.0.3");
        let (resolver, old) = (Resolver::start(Mood::knows(&["10.9.0.2"])).await, Venue::on("10.9.0.2").await);
        let new = Venue::at("10.9.0.3", old.port()).await;
        let (desk, mut events) = start(old.url("venue.test"));
        desk.wait_ready().await.expect("ready");
        assert_eq!((old.accepted(), new.accepted()), (1, 0));
        // While it moves nobody knows its name.
        resolver.becomes(Mood::Unknown);
        drop(old);
        assert!(matches!(next_error(&mut events).await, Error::Lost { .. }));
        assert!(matches!(next_error(&mut events).await, Error::Dns { .. }));
        resolver.becomes(Mood::knows(&["10.9.0.3"]));
        desk.wait_ready().await.expect("ready");
        echoes(&desk, "moved").await;
        assert_eq!(new.accepted(), 1);
        assert_lawful(&desk);
    });
}

#[test]
fn r002_a_resolver_that_never_answers_costs_the_deadline_and_one_thread() {
    in_a_network(async {
        let resolver = Resolver::start(Mood::Silent).await;
        let (desk, mut events) = start("ws://venue.test:1/".to_owned());
        let mut since = Instant::now();
        let mut threads = Vec::new();
        for attempt in 1..=4 {
            // From the second on another client waits for the same name, at another port.
            let _other = (attempt > 1).then(|| start("ws://venue.test:2/".to_owned()));
            let error = next_error(&mut events).await;
            assert!(matches!(error, Error::Timeout { what: "connecting", .. }), "{error}");
            let took = since.elapsed();
            // The time-out, and the delay before the attempt.
            assert!(took >= millis(1_000) && took < millis(2_500), "attempt {attempt}: {took:?}");
            since = Instant::now();
            threads.push(fs::read_dir("/proc/self/task").unwrap().count());
        }
        assert!(threads.windows(2).all(|pair| pair[0] == pair[1]), "threads after each attempt: {threads:?}");
        assert!((1..=2).contains(&resolver.asked()), "one question for either family, and not {}", resolver.asked());
        assert_lawful(&desk);
    });
}
