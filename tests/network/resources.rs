//! A machine that has run out of what connections need, and gets it back.

use std::{fs, fs::File, time::Duration};

use nova::{Client, Error, Handle, State, test::MockServer};
use tokio::net::TcpStream;

use crate::{
    alone::{in_a_network, in_a_process},
    lawful::assert_lawful,
    venue::{Desk, Venue, echoes, millis, next_error, start},
};

/// The delays before the attempts that failed for want of something on this machine.
fn delays<C: Client>(client: &Handle<C>) -> Vec<Duration> {
    let lacked = client.history().into_iter().filter(|step| {
        step.to == State::Backoff && matches!(&*step.cause, nova::Cause::Error(Error::LocalResource { .. }))
    });
    lacked.filter_map(|step| step.delay).collect()
}

fn assert_slow<C: Client>(client: &Handle<C>) {
    let delays = delays(client);
    let slow = |delay: &Duration| (millis(5_000)..=millis(10_000)).contains(delay);
    assert!(!delays.is_empty() && delays.iter().all(slow), "{delays:?}");
}

#[test]
fn r011_without_descriptors_clients_wait_and_come_back_and_others_live_on() {
    in_a_process(64, async {
        let venue = Venue::on("127.0.0.1").await;
        let (living, _events) = start(venue.url("127.0.0.1"));
        living.wait_ready().await.expect("ready");
        let secure = MockServer::tls().await.expect("a port");
        let mut hog = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            hog.push(file);
        }
        // By address, by name, and where certificates are read first.
        let mut starved = Vec::from([venue.url("127.0.0.1"), venue.url("localhost")].map(start));
        let over_tls = secure.connect(Desk).start().expect("started");
        starved.push((over_tls.clone(), over_tls.events()));
        for (_, events) in &mut starved {
            let error = next_error(events).await;
            assert!(error.is_transient(), "{error}");
            assert!(matches!(error, Error::LocalResource { .. } | Error::Dns { .. }), "{error}");
        }
        for (desk, _) in [&starved[0], &starved[2]] {
            assert_slow(desk);
        }
        echoes(&living, "still here").await;

        drop(hog);
        for (desk, _) in &starved {
            desk.reconnect_now().expect("it lives");
        }
        let _peer = secure.accept().await;
        for (desk, _) in &starved {
            desk.wait_ready().await.expect("ready");
            assert_lawful(desk);
        }
        echoes(&starved[0].0, "back").await;
        assert!(living.state().is_ready());
    });
}

#[test]
fn r011_without_ports_clients_wait_and_come_back_and_others_live_on() {
    in_a_network(async {
        let venue = Venue::on("10.9.0.1").await;
        let (living, _events) = start(venue.url("10.9.0.1"));
        living.wait_ready().await.expect("ready");
        fs::write("/proc/sys/net/ipv4/ip_local_port_range", "61000 61003").unwrap();
        let mut hog = Vec::new();
        while let Ok(stream) = TcpStream::connect(("10.9.0.1", venue.port())).await {
            // Nothing of it is to linger.
            stream.set_zero_linger().unwrap();
            hog.push(stream);
        }
        assert_eq!(hog.len(), 4);
        let (starved, mut events) = start(venue.url("10.9.0.1"));
        let error = next_error(&mut events).await;
        assert!(matches!(error, Error::LocalResource { .. }) && error.is_transient(), "{error}");
        assert_slow(&starved);
        echoes(&living, "still here").await;
        drop(hog);
        starved.reconnect_now().expect("it lives");
        starved.wait_ready().await.expect("ready");
        echoes(&starved, "back").await;
        assert_lawful(&starved);
    });
}
