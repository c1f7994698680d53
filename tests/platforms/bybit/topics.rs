//! Topics: asked for within what the endpoints take, refused one by one, restored once.

use std::time::Duration;

use nova::{Error, Event, Item, platform::Bybit as Platform, test::venue::Bybit};
use tokio::time::sleep;

use super::support::{connect, items, login, ready, venue};

const SYMBOLS: [&str; 3] = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];

/// 24 topics of linear and of spot.
fn many() -> Vec<String> {
    let kinds =
        ["orderbook.1", "orderbook.50", "publicTrade", "tickers", "kline.1", "kline.5", "kline.60", "allLiquidation"];
    SYMBOLS.iter().flat_map(|symbol| kinds.map(|kind| format!("{kind}.{symbol}"))).collect()
}

/// How many topics each request named.
fn sizes(venue: &Bybit) -> Vec<usize> {
    venue.requests("subscribe").iter().map(|args| args.as_array().expect("a list").len()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_endpoints_form_of_answer_confirms_what_was_asked_for() {
    let option = "BTC-26DEC31-90000-C-USDT";
    for (endpoint, topics) in [
        (Platform::spot(), many()),
        (Platform::linear(), many()),
        (Platform::inverse(), vec!["orderbook.200.BTCUSD".to_owned(), "tickers.BTCUSD".to_owned()]),
        (
            Platform::option(),
            vec![format!("orderbook.25.{option}"), "publicTrade.BTC".to_owned(), format!("tickers.{option}")],
        ),
        (Platform::private(), ["order", "execution", "position", "wallet", "greeks"].map(str::to_owned).to_vec()),
    ] {
        let venue = venue(Bybit::builder());
        let is_private = format!("{endpoint:?}").contains("Private");
        let connect = if is_private { login(&venue, endpoint.clone()) } else { connect(&venue, endpoint.clone()) };
        let desk = connect.await.expect("ready");
        let subscribed = desk.subscribe_many(topics.clone()).await.expect("alive");
        assert!(subscribed.rejected.is_empty(), "{endpoint:?}: {:?}", subscribed.rejected);
        assert_eq!(venue.subscribed().len(), topics.len(), "{endpoint:?}");
        assert!(sizes(&venue).iter().all(|size| *size <= 10), "{:?}", sizes(&venue));
        let asked = venue.requests("subscribe").len();
        sleep(Duration::from_secs(60)).await;
        assert_eq!(venue.requests("subscribe").len(), asked, "{endpoint:?}: nothing is asked for twice");

        // Left, and the others stay.
        desk.unsubscribe(topics[0].clone()).await.expect("left");
        sleep(Duration::from_secs(1)).await;
        assert!(!venue.subscribed().contains(&topics[0]), "{endpoint:?}");
        venue.cut();
        let back = ready(&desk, 2).await;
        assert_eq!(back.to, nova::State::Ready { missing: 0 }, "{endpoint:?}");
        assert_eq!(venue.subscribed().len(), topics.len() - 1, "{endpoint:?}");
        assert_eq!(
            venue.requests("subscribe").len(),
            asked + (topics.len() - 1).div_ceil(10),
            "{endpoint:?}: restored once"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_topic_refuses_a_request_and_loses_no_other_of_it() {
    for endpoint in [Platform::spot(), Platform::linear()] {
        let venue = venue(Bybit::builder());
        let desk = connect(&venue, endpoint.clone()).await.expect("ready");
        let mut topics = many();
        topics[3] = "orderbook.7.BTCUSDT".to_owned();
        topics[5] = "kline.1.NOSUCH".to_owned();
        let subscribed = desk.subscribe_many(topics.clone()).await.expect("alive");
        let refused: Vec<&str> = subscribed.rejected.iter().map(|(topic, _)| &**topic).collect();
        assert_eq!(refused.len(), 2, "{endpoint:?}: {refused:?}");
        for (topic, error) in &subscribed.rejected {
            assert!(*topic == *topics[3] || *topic == *topics[5], "{topic}");
            let Error::Subscription { reason, .. } = error else { panic!("{error:?}") };
            assert!(reason.contains("handler not found"), "the venue's words are told: {reason}");
        }
        assert_eq!((subscribed.confirmed.len(), venue.subscribed().len()), (22, 22), "{endpoint:?}");
        venue.cut();
        ready(&desk, 2).await;
        assert_eq!(venue.subscribed().len(), 22, "what was refused is not asked for again");
    }
    // Options' answers say which.
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::option()).await.expect("ready");
    let subscribed = desk.subscribe_many(["publicTrade.BTC", "publicTrade.DOGE"]).await.expect("alive");
    assert_eq!((subscribed.confirmed.len(), subscribed.rejected.len(), venue.requests("subscribe").len()), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_the_venue_takes_away_is_told_after_the_next_reconnect() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe_many(["tickers.BTCUSDT", "tickers.ETHUSDT"]).await.expect("alive");
    let mut events = desk.events();
    venue.reject_topic("tickers.ETHUSDT");
    venue.cut();
    ready(&desk, 2).await;
    assert_eq!(venue.subscribed(), ["tickers.BTCUSDT"]);
    let rejected = std::iter::from_fn(|| events.try_next()).find_map(|event| match event {
        Event::Rejected { topic, .. } => Some(topic.to_string()),
        _ => None,
    });
    assert_eq!(rejected.as_deref(), Some("tickers.ETHUSDT"));
}

#[tokio::test(start_paused = true)]
async fn private_topics_before_the_login_are_refused_in_the_venues_words() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::private()).await.expect("ready");
    let refused = desk.subscribe("order").await.expect_err("not logged in");
    assert!(refused.to_string().contains("not authorized"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_asked_for_again_and_mixes_up_no_others() {
    for endpoint in [Platform::spot(), Platform::linear()] {
        let venue = venue(Bybit::builder());
        let desk = connect(&venue, endpoint.clone()).await.expect("ready");
        venue.drop_reply("subscribe");
        let (first, second) = tokio::join!(desk.subscribe("tickers.BTCUSDT"), async {
            sleep(Duration::from_secs(1)).await;
            desk.subscribe("tickers.ETHUSDT").await
        });
        // "already subscribed" is as good as confirmed.
        first.expect("confirmed at the second try");
        second.expect("confirmed");
        assert_eq!(venue.subscribed(), ["tickers.BTCUSDT", "tickers.ETHUSDT"], "{endpoint:?}");
        sleep(Duration::from_secs(60)).await;
        assert_eq!(venue.connected(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn names_beyond_what_a_public_connection_takes_are_refused_before_they_are_sent() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    let long = "X".repeat(2_000);
    let topics: Vec<String> = (0..30).map(|at| format!("tickers.{long}{at}")).collect();
    let subscribed = desk.subscribe_many(topics).await.expect("alive");
    let refused_here = subscribed.rejected.iter().filter(|(_, error)| error.to_string().contains("21000")).count();
    assert_eq!((subscribed.rejected.len(), refused_here), (30, 20), "{:?}", subscribed.rejected.last());
    desk.subscribe("tickers.BTCUSDT").await.expect("what was refused takes no room");
    assert_eq!(venue.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn news_before_the_answer_are_not_lost() {
    let venue = venue(Bybit::builder().early_news(true));
    let desk = connect(&venue, Platform::spot()).await.expect("ready");
    desk.subscribe("orderbook.50.BTCUSDT").await.expect("confirmed");
    let items = items(&desk, Duration::from_secs(1)).await;
    assert!(matches!(&items[0], Item::Message(raw) if raw.text().is_some_and(|text| text.contains("snapshot"))));
    assert!(items.iter().all(|item| matches!(item, Item::Message(_))), "{items:?}");
}
