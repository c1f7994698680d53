//! Ways to a venue that lead nowhere, at first or for a while.

use std::{fs, time::Instant};

use nova::{Error, Patch, State, patch};

use crate::{
    alone::in_a_network,
    lawful::assert_lawful,
    resolver::{Mood, Resolver},
    venue::{Desk, Venue, appear, echoes, millis, next_error, start, vanish},
};

#[test]
fn r003_a_first_address_that_is_a_black_hole_costs_less_than_a_second() {
    in_a_network(async {
        let (resolver, venue) =
            (Resolver::start(Mood::knows(&["fd77::2", "10.9.0.1"])).await, Venue::on("10.9.0.1").await);
        let began = Instant::now();
        let (desk, _events) = start(venue.url("venue.test"));
        desk.wait_ready().await.expect("ready");
        let took = began.elapsed();
        println!("a black-holed first address: ready after {took:?}");
        assert!(took < millis(1_000), "{took:?}");
        assert!(took >= millis(250), "{took:?}: the black hole was not tried first");
        assert_eq!(resolver.asked(), 2);
        echoes(&desk, "by the other way").await;
        assert_lawful(&desk);
    });
}

#[test]
fn r004_a_port_that_is_closed_and_packets_that_are_swallowed_are_survived() {
    in_a_network(async {
        appear("10.9.0.2");
        let port = Venue::on("10.9.0.2").await.port();
        let (desk, mut events) = start(format!("ws://10.9.0.2:{port}/"));
        let error = next_error(&mut events).await;
        assert!(matches!(&error, Error::Dial { address, .. } if **address == *format!("10.9.0.2:{port}")), "{error}");
        vanish("10.9.0.2");
        for attempt in 1..=3 {
            let error = next_error(&mut events).await;
            // One that was under way may have been refused yet.
            let swallowed = matches!(error, Error::Timeout { what: "connecting", .. });
            assert!(swallowed || (attempt == 1 && matches!(error, Error::Dial { .. })), "{error}");
        }
        let venue = Venue::at("0.0.0.0", port).await;
        appear("10.9.0.2");
        let open = Instant::now();
        desk.wait_ready().await.expect("ready");
        // The attempt that is being swallowed, and the longest delay.
        assert!(open.elapsed() < millis(1_000 + 400 + 500), "{:?}", open.elapsed());
        for step in desk.history().iter().filter(|step| step.to == State::Backoff) {
            assert!(step.after < millis(1_500), "the system waits for two minutes: {step:?}");
        }
        assert_eq!(venue.accepted(), 1);
        assert_lawful(&desk);
    });
}

#[test]
fn r004_where_the_system_gives_up_first_it_is_told_and_tried_again() {
    in_a_network(async {
        // So the system sends the first packet again once, and gives up after three seconds.
        fs::write("/proc/sys/net/ipv4/tcp_syn_retries", "1").unwrap();
        let venue = Venue::on("0.0.0.0").await;
        let patient = Patch::new().connection(patch::Connection::new().timeout(millis(30_000)));
        let desk = nova::connect(Desk).url(venue.url("10.9.0.2")).configure(patient).start().expect("started");
        let mut events = desk.events();
        let error = next_error(&mut events).await;
        let Error::Dial { source, .. } = &error else { panic!("{error}") };
        assert_eq!(source.kind(), std::io::ErrorKind::TimedOut);
        appear("10.9.0.2");
        desk.wait_ready().await.expect("ready");
        assert_lawful(&desk);
    });
}
