//! Connections that end without a word: hosts that vanish, links that are torn inside a message.

use std::{pin::pin, time::Instant};

use nova::{
    Error, Frame, Item, State,
    test::{
        MockServer,
        fault::{Direction, Ending, FaultProxy, Faults},
    },
};

use crate::{
    alone::in_a_network,
    lawful::assert_lawful,
    venue::{Desk, Venue, appear, echoes, millis, next_error, start, vanish},
};

#[test]
fn r006_a_host_that_vanishes_is_found_by_the_heartbeat_and_not_by_the_system() {
    in_a_network(async {
        appear("10.9.0.2");
        let venue = Venue::on("0.0.0.0").await;
        let (desk, mut events) = start(venue.url("10.9.0.2"));
        desk.wait_ready().await.expect("ready");
        echoes(&desk, "there").await;
        let last = Instant::now();
        vanish("10.9.0.2");
        let error = next_error(&mut events).await;
        let found = last.elapsed();
        println!("a host that vanished: found after {found:?}, promised 2 s");
        assert!(matches!(error, Error::Silent { .. }), "{error}");
        // An interval and a time-out, and a loaded machine.
        assert!(found >= millis(1_950) && found < millis(2_700), "{found:?}");
        assert!(matches!(next_error(&mut events).await, Error::Timeout { what: "connecting", .. }));
        appear("10.9.0.2");
        desk.wait_ready().await.expect("ready");
        echoes(&desk, "there again").await;
        assert_lawful(&desk);
    });
}

#[test]
fn r007_a_host_that_is_away_for_a_moment_costs_nothing() {
    in_a_network(async {
        appear("10.9.0.2");
        let venue = Venue::on("0.0.0.0").await;
        let (desk, _events) = start(venue.url("10.9.0.2"));
        desk.wait_ready().await.expect("ready");
        echoes(&desk, "0").await;
        let mut items = pin!(desk.items());
        vanish("10.9.0.2");
        for number in 1..=20 {
            desk.send(number.to_string()).await.expect("taken");
        }
        tokio::time::sleep(millis(300)).await;
        appear("10.9.0.2");
        for number in 1..=20 {
            let echo = futures_util::StreamExt::next(&mut items).await.and_then(Item::message).expect("an echo");
            assert_eq!(echo.text(), Some(&*number.to_string()));
        }
        assert_eq!((desk.state(), venue.accepted()), (State::Ready { missing: 0 }, 1));
    });
}

/// What becomes of a message whose TLS link ends after so many of its bytes, as they stand on the wire: what had come, and came after.
async fn torn(at: u64, ending: Ending) -> Vec<String> {
    let server = MockServer::tls().await.expect("a port");
    let target = server.url().trim_start_matches("wss://").trim_end_matches('/').to_owned();
    let proxy = FaultProxy::to(target, Faults::new()).await.expect("a port");
    let url = format!("wss://localhost:{}/", proxy.address().port());
    let desk = server.connect(Desk).url(url).start().expect("started");
    let mut events = desk.events();
    let mut items = pin!(desk.items());
    let mut texts = Vec::new();
    let mut peer = server.accept().await;
    assert!(peer.send_text("one").await);
    let first = futures_util::StreamExt::next(&mut items).await.and_then(Item::message).expect("the first");
    texts.extend(first.text().map(str::to_owned));
    proxy.link().change(|faults| faults.only(Direction::Inbound, |faults| faults.limit_data(at, ending)));
    // It may be torn while it is written.
    peer.send(Frame::text("two")).await;
    let error = next_error(&mut events).await;
    assert!(
        matches!(error, Error::Lost { .. }) && error.is_transient(),
        "no close was sent, after {at} bytes: {error}"
    );
    proxy.link().heal();
    let mut peer = server.accept().await;
    assert!(peer.send_text("three").await);
    while texts.last().is_none_or(|text| text != "three") {
        if let Some(message) = futures_util::StreamExt::next(&mut items).await.and_then(Item::message) {
            texts.extend(message.text().map(str::to_owned));
        }
    }
    assert_lawful(&desk);
    texts
}

#[tokio::test]
async fn r005_a_message_torn_under_tls_is_never_delivered_in_part() {
    // A frame of two and three bytes in a record of TLS 1.3: its header, the kind of its content, its seal.
    const WHOLE: u64 = 5 + (2 + 3) + 1 + 16;
    for ending in [Ending::Close, Ending::Reset] {
        for at in [0, 1, 5, 6, WHOLE / 2, WHOLE - 1] {
            assert_eq!(torn(at, ending).await, ["one", "three"], "{ending:?} after {at} of {WHOLE} bytes");
        }
    }
    // Without TLS's own goodbye, which a whole message does not need.
    assert_eq!(torn(WHOLE, Ending::Close).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn r005_tls_that_ends_between_the_halves_of_a_message_is_no_end_of_it() {
    for goodbye in [true, false] {
        let server = MockServer::tls().await.expect("a port");
        let target = server.url().trim_start_matches("wss://").trim_end_matches('/').to_owned();
        let proxy = FaultProxy::to(target, Faults::new()).await.expect("a port");
        let url = format!("wss://localhost:{}/", proxy.address().port());
        let desk = server.connect(Desk).url(url).start().expect("started");
        let mut events = desk.events();
        let mut peer = server.accept().await;
        desk.wait_ready().await.expect("ready");
        let mut items = pin!(desk.items());
        // A record of its own, which arrives whole: half of a frame.
        assert!(peer.send_raw([0x81, 6, b'h', b'a', b'l']).await);
        tokio::time::sleep(millis(50)).await;
        if goodbye {
            peer.drop_tcp().await;
        } else {
            proxy.link().cut();
        }
        let error = next_error(&mut events).await;
        assert!(matches!(error, Error::Lost { .. }) && error.is_transient(), "{error}");
        let mut peer = server.accept().await;
        assert!(peer.send_text("whole").await);
        let message = loop {
            match futures_util::StreamExt::next(&mut items).await {
                Some(Item::Message(message)) => break message,
                Some(Item::Gap(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(message.text(), Some("whole"));
    }
}
