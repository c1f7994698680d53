//! The link to the local venue: refused, lost, silent, and what it means for orders and limits.

use std::time::Duration;

use nova::{
    Cause, Error, ErrorClass, Patch, State, patch,
    test::venue::{Credits, Deribit, Pool},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::{login, methods, order, ready, states, venue};

#[tokio::test(start_paused = true)]
async fn orders_go_with_their_connection_where_that_was_asked_for() {
    for (asked_for, left) in [(true, 0), (false, 3)] {
        let (venue, dialer) = venue(Deribit::builder());
        let platform = nova::platform::Deribit::new();
        let platform = if asked_for { platform.cancel_on_disconnect() } else { platform };
        let desk = login(dialer).platform(platform).await.expect("ready");
        for epoch in 1..=3 {
            ready(&desk, epoch).await;
            let enabled = methods(&venue, epoch).contains(&"private/enable_cancel_on_disconnect".to_owned());
            assert_eq!(enabled, asked_for, "connection {epoch}");
            desk.call::<Value>("private/buy", order()).await.expect("placed");
            sleep(Duration::from_secs(60)).await;
            venue.cut();
        }
        ready(&desk, 4).await;
        assert_eq!(venue.open_orders().len(), left);
    }
}

#[tokio::test(start_paused = true)]
async fn r077_too_many_requests_is_told_waited_out_and_survived() {
    // Fewer credits than the table says: another client of the account has spent them.
    let spent = Credits { default: Pool { cost: 500.0, capacity: 2_500.0, refill: 1_000.0 }, ..Credits::default() };
    let (venue, dialer) = venue(Deribit::builder().credits(spent));
    let desk = login(dialer).await.expect("ready");
    desk.subscribe("quote.BTC-PERPETUAL").await.expect("confirmed");
    let mut refused = None;
    for _ in 0..10 {
        if let Err(error) = desk.call::<Value>("public/get_time", json!({})).await {
            refused = Some(error);
            break;
        }
    }
    assert!(
        matches!(refused, Some(Error::Platform { code: 10_028, class: ErrorClass::RateLimited, .. })),
        "{refused:?}"
    );
    sleep(Duration::from_secs(120)).await;
    assert!(desk.state().is_ready());
    let first = desk.history().into_iter().find(|step| step.to == State::Backoff).and_then(|step| step.delay);
    assert!(first >= Some(Duration::from_secs(1)), "a login at once would be refused as well: {first:?}");
    assert_eq!(venue.subscribed(), ["quote.BTC-PERPETUAL"]);
    desk.call::<Value>("public/get_time", json!({})).await.expect("there is room again");
    assert!(venue.connected() <= 3, "{} connections", venue.connected());
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_refuses_twice_is_dialled_a_third_time() {
    let (venue, dialer) = venue(Deribit::builder());
    venue.refuse_connections(2, 503);
    let desk = login(dialer).await.expect("ready at the third attempt");
    let refusals = desk.history().into_iter().filter(|step| step.to == State::Backoff).map(|step| match &*step.cause {
        Cause::Error(Error::Rejected { status, .. }) => *status,
        cause => panic!("{cause:?}"),
    });
    assert_eq!(refusals.collect::<Vec<_>>(), [503, 503]);
    assert_eq!(venue.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_says_nothing_is_left_after_the_heartbeats_time() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    desk.subscribe("quote.BTC-PERPETUAL").await.expect("confirmed");
    sleep(Duration::from_secs(60)).await;
    // It goes on answering the WebSocket's own pings, as a gateway does whose exchange is gone.
    venue.stall(true);
    let since = Instant::now();
    let mut watch = desk.watch();
    watch.until(|state| !state.is_ready()).await.expect("the silence was noticed");
    let silent = since.elapsed();
    // Interval 15 s, time-out 5 s; the last word came up to a tick before.
    assert!((Duration::from_secs(19)..=Duration::from_secs(20)).contains(&silent), "{silent:?}");
    let lost = desk.history().pop().expect("a step");
    assert!(matches!(&*lost.cause, Cause::Error(Error::Silent { .. })), "{lost:?}");
    venue.stall(false);
    desk.wait_ready().await.expect("back");
    assert_eq!(venue.subscribed(), ["quote.BTC-PERPETUAL"]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_link_lives_on_its_heartbeats_alone() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!((venue.connected(), desk.state()), (1, State::Ready { missing: 0 }));
    venue.mute_heartbeats(true);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!((venue.connected(), desk.state()), (1, State::Ready { missing: 0 }), "nova asks by itself");
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_venue_is_waited_out() {
    let (venue, dialer) = venue(Deribit::builder());
    let settings = Patch::new().connection(patch::Connection::new().request_timeout(Duration::from_secs(5)));
    let desk = login(dialer).configure(settings).await.expect("ready");
    desk.subscribe("quote.BTC-PERPETUAL").await.expect("confirmed");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_connections(3, 503);
    assert_eq!(venue.close_all(1012, "restart"), 1);
    let restarted = Instant::now();
    let back = ready(&desk, 2).await;
    assert!(restarted.elapsed() >= Duration::from_secs(5), "clients of a restart come back spread");
    assert_eq!(states(&desk).iter().filter(|state| **state == State::Connecting).count(), 5);
    assert_eq!(back.to, State::Ready { missing: 0 });
    assert_eq!(venue.subscribed(), ["quote.BTC-PERPETUAL"]);
}
