//! The link: refused, lost in each state, silent, and frames that nobody expects.

use std::time::Duration;

use nova::{Cause, Error, Item, State, platform::Bybit as Platform, test::venue::Bybit};
use tokio::time::{Instant, sleep};

use super::support::{connect, items, login, ready, venue};

#[tokio::test(start_paused = true)]
async fn pings_are_sent_on_every_endpoint_and_every_form_of_pong_is_life_and_nothing_else() {
    let public = [Platform::spot(), Platform::linear(), Platform::inverse(), Platform::option()];
    for (at, endpoint) in public.into_iter().chain([Platform::private(), Platform::trade()]).enumerate() {
        let venue = venue(Bybit::builder());
        let connect = if at < 4 { connect(&venue, endpoint.clone()) } else { login(&venue, endpoint.clone()) };
        let desk = connect.await.expect("ready");
        let items = items(&desk, Duration::from_secs(600)).await;
        assert!(items.is_empty(), "{endpoint:?}: {items:?}");
        assert!(venue.requests("ping").len() >= 30, "{endpoint:?}: {} pings in 600 s", venue.requests("ping").len());
        assert_eq!((venue.connected(), desk.state()), (1, State::Ready { missing: 0 }), "{endpoint:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_sent_while_news_flow_too() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe("publicTrade.BTCUSDT").await.expect("confirmed");
    items(&desk, Duration::from_secs(200)).await;
    assert!(venue.requests("ping").len() >= 9, "{}", venue.requests("ping").len());
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_says_nothing_is_left_after_the_heartbeats_time() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe("tickers.BTCUSDT").await.expect("confirmed");
    sleep(Duration::from_secs(60)).await;
    venue.stall(true);
    let since = Instant::now();
    let mut watch = desk.watch();
    watch.until(|state| !state.is_ready()).await.expect("the silence was noticed");
    assert!(since.elapsed() <= Duration::from_secs(40), "two intervals at most: {:?}", since.elapsed());
    let lost = desk.history().pop().expect("a step");
    assert!(matches!(&*lost.cause, Cause::Error(Error::Silent { .. })), "{lost:?}");
    venue.stall(false);
    desk.wait_ready().await.expect("back");
    assert_eq!(venue.subscribed(), ["tickers.BTCUSDT"]);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_lost_in_any_state_is_dialled_again_and_everything_restored_once() {
    for endpoint in [Platform::linear(), Platform::private()] {
        let is_private = format!("{endpoint:?}").contains("Private");
        let topics = if is_private { ["order", "wallet"] } else { ["tickers.BTCUSDT", "publicTrade.BTCUSDT"] };
        let venue = venue(Bybit::builder());
        // Connecting: refused. Authenticating and restoring: no answer, and then the link is cut again.
        venue.refuse_connections(2, 503);
        let connect = if is_private { login(&venue, endpoint) } else { connect(&venue, endpoint) };
        let desk = connect.await.expect("ready at the third attempt");
        desk.subscribe_many(topics).await.expect("alive");
        for (round, state) in
            [State::Authenticating, State::Restoring, State::Ready { missing: 0 }].into_iter().enumerate()
        {
            if state == State::Authenticating && !is_private {
                continue;
            }
            match state {
                State::Authenticating => venue.drop_reply("auth"),
                State::Restoring => venue.drop_reply("subscribe"),
                _ => {}
            }
            let mut watch = desk.watch();
            venue.cut();
            watch.until(|now| now == state).await.expect("there");
            venue.cut();
            sleep(Duration::from_secs(60)).await;
            desk.wait_ready().await.expect("back");
            assert_eq!(venue.subscribed().len(), 2, "round {round}");
        }
        let last = venue.connected();
        let lines = venue.transcript();
        let asked = lines.iter().filter(|line| line.connection == last && line.json()["op"] == "subscribe");
        let asked = asked.filter(|line| line.direction == nova::test::Direction::In).count();
        assert_eq!(asked, 1, "restored once");
    }
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_unknown_or_malformed_reach_the_client_as_values() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    for (text, is_message) in [
        (r#"{"topic":"instrument_info.100ms.BTCUSD","data":{}}"#, true),
        (r#"{"topic":"nothing.we.know","type":"delta"}"#, true),
        (r#"{"what":"is this"}"#, true),
        (r#"{"type":"AUTH_WHAT","op":"surprise"}"#, true),
        ("{}", true),
        ("pong", false),
        ("[1,2]", false),
        (r#"{"topic":5,"data":{}}"#, false),
        (r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","data":{"b":[["1""#, false),
        (r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","data":{"b":[],"a":[]}}"#, false),
        (r#"{"success":true,"op":"#, false),
        ("", false),
    ] {
        venue.say(text);
        match desk.next().await {
            Some(Item::Message(raw)) if is_message => assert_eq!(raw.text(), Some(text)),
            Some(Item::Undecodable(raw, _)) if !is_message => assert_eq!(raw.text(), Some(text)),
            other => panic!("{text}: {other:?}"),
        }
    }
    // Answers that nobody asked for are nothing.
    for text in [
        r#"{"success":true,"op":"subscribe","ret_msg":"","conn_id":"c"}"#,
        r#"{"success":true,"type":"COMMAND_RESP","data":{"failTopics":["a"],"successTopics":[]}}"#,
        r#"{"success":true,"op":"unsubscribe","req_id":"77"}"#,
        r#"{"op":"pong","args":["no time"]}"#,
        r#"{"success":false,"ret_msg":"error:unknown op","op":"subscribe"}"#,
    ] {
        venue.say(text);
    }
    assert!(items(&desk, Duration::from_secs(5)).await.is_empty());
    assert_eq!((venue.connected(), desk.state()), (1, State::Ready { missing: 0 }));
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_venue_is_waited_out() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe("tickers.BTCUSDT").await.expect("confirmed");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_connections(3, 503);
    assert_eq!(venue.close_all(1012, "restart"), 1);
    assert_eq!(ready(&desk, 2).await.to, State::Ready { missing: 0 });
    assert_eq!(venue.subscribed(), ["tickers.BTCUSDT"]);
}
