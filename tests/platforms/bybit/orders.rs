//! Order entry: accepted, refused one by one, within the venue's rates, and what the private topics tell.

use std::time::Duration;

use nova::{
    Error, ErrorClass, Item, Outcome,
    platform::{
        Bybit as Platform,
        bybit::{Account, AmendOrder, BatchOf, CancelOrder, NewOrder, Side, Trading},
    },
    test::venue::Bybit,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::support::{dialer, key, login, venue};

/// The venue's clock is an hour ahead, which its refusal of the login tells, or so little that only an order comes too late.
#[tokio::test(start_paused = true)]
async fn orders_are_dated_by_the_venues_clock_once_it_is_known_to_differ() {
    for (ahead, login_is_late) in [(3_600, true), (7, false)] {
        let venue = venue(Bybit::builder().clock_ahead(Duration::from_secs(ahead)));
        let desk = login(&venue, Platform::trade()).await.expect("ready");
        assert_eq!(venue.requests("auth").len(), if login_is_late { 2 } else { 1 });
        if !login_is_late {
            let refused = desk.create_order(&limit("linear")).await.expect_err("too late");
            assert!(
                matches!(refused, Error::Platform { code: 10_002, class: ErrorClass::Platform, .. }),
                "{refused:?}"
            );
            // A heartbeat.
            sleep(Duration::from_secs(30)).await;
        }
        desk.create_order(&limit("linear")).await.expect("placed");
        // Known on the next connection, too.
        venue.cut();
        sleep(Duration::from_secs(30)).await;
        desk.create_order(&limit("linear")).await.expect("placed");
    }
}

fn limit(category: &'static str) -> NewOrder {
    NewOrder::limit(category, "BTCUSDT", Side::Buy, "0.01", "36000")
}

fn cancel(id: &str) -> CancelOrder {
    CancelOrder { category: "linear", symbol: "BTCUSDT".into(), order_id: Some(id.into()), order_link_id: None }
}

/// Hears what becomes of orders.
#[nova::client(platform = "bybit", profile = "financial", message = Account)]
struct Ear;

#[tokio::test(start_paused = true)]
async fn an_order_lives_as_it_was_told_to_and_the_private_topics_tell_it() {
    for by_category in [false, true] {
        let venue = venue(Bybit::builder());
        let ear = nova::connect(Ear).platform(Platform::private()).dialer(dialer(&venue)).credentials(key());
        let ear = ear.await.expect("ready");
        let topics = if by_category { ["order.linear", "execution.linear"] } else { ["order", "execution"] };
        ear.subscribe_many(topics).await.expect("alive");
        let desk = login(&venue, Platform::trade()).await.expect("ready");

        let placed = desk.create_order(&limit("linear").link_id("my-1")).await.expect("accepted");
        assert_eq!(placed.order_link_id, "my-1");
        let change = AmendOrder {
            category: "linear",
            symbol: "BTCUSDT".into(),
            order_id: Some(placed.order_id.clone()),
            price: Some("35900".into()),
            ..AmendOrder::default()
        };
        desk.amend_order(&change).await.expect("changed");
        desk.cancel_order(&cancel(&placed.order_id)).await.expect("cancelled");
        desk.create_order(&NewOrder::market("linear", "BTCUSDT", Side::Sell, "0.02")).await.expect("filled");

        let mut heard = Vec::new();
        while heard.len() < 5 {
            match ear.next().await {
                Some(Item::Message(Account::Orders(push) | Account::OrdersOf { orders: push, .. })) => {
                    assert!(push.ts.is_some());
                    heard.extend(push.data.into_iter().map(|order| (order.order_status, order.price)));
                }
                Some(Item::Message(Account::Executions(push) | Account::ExecutionsOf { executions: push, .. })) => {
                    heard.extend(push.data.into_iter().map(|fill| (format!("{:?}", fill.side), Some(fill.exec_price))));
                }
                other => panic!("{other:?}"),
            }
        }
        let expected = [
            ("New", Some(36_000.0)),
            ("New", Some(35_900.0)),
            ("Cancelled", Some(35_900.0)),
            ("Filled", None),
            ("Sell", Some(36_500.0)),
        ];
        assert_eq!(heard, expected.map(|(status, price)| (status.to_owned(), price)));
        assert!(venue.open_orders().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_reaches_its_caller_with_code_words_and_class() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    let nonsense = desk.call::<Value>("order.nonsense", json!({})).await.expect_err("unknown");
    let parameter =
        desk.create_order(&NewOrder::market("linear", "NOSUCH", Side::Buy, "1")).await.expect_err("unknown");
    let missing = desk.cancel_order(&cancel("o-77")).await.expect_err("not there");
    for (error, expected) in [(nonsense, 10_404), (parameter, 10_001), (missing, 110_001)] {
        let Error::Platform { code, class, message, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*code, *class), (expected, ErrorClass::Platform), "{error}");
        assert!(!message.is_empty(), "{error}");
    }
    assert_eq!(venue.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_order_of_a_batch_has_its_own_verdict() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    let bad = NewOrder::limit("linear", "NOSUCH", Side::Buy, "1", "1").link_id("bad");
    let orders = BatchOf { category: "linear", request: vec![limit("linear").link_id("good"), bad] };
    let batch = desk.create_orders(&orders).await.expect("the batch is accepted, whatever becomes of its orders");
    let verdicts: Vec<_> =
        batch.items.iter().map(|item| (&*item.order_link_id, item.is_accepted(), item.code)).collect();
    assert_eq!(verdicts, [("good", true, 0), ("bad", false, 10_001)]);
    let request = vec![cancel(&batch.items[0].order_id), cancel("o-77")];
    let cancelled = desk.cancel_orders(&BatchOf { category: "linear", request }).await.expect("accepted");
    assert_eq!(cancelled.items.iter().map(|item| item.code).collect::<Vec<_>>(), [0, 110_001]);
    assert!(venue.open_orders().is_empty());
}

#[tokio::test(start_paused = true)]
async fn orders_go_as_fast_as_the_venue_admits_and_a_cancel_waits_for_no_order() {
    for (category, rate) in [("linear", 10_u64), ("spot", 20)] {
        let venue = venue(Bybit::builder());
        let desk = login(&venue, Platform::trade()).await.expect("ready");
        let started = Instant::now();
        let orders = (0..60).map(|_| {
            let desk = desk.clone();
            async move { desk.create_order(&limit(category)).await }
        });
        let (placed, cancelled) = tokio::join!(futures_util::future::join_all(orders), async {
            sleep(Duration::from_millis(10)).await;
            desk.cancel_order(&cancel("o-1")).await.expect("cancelled");
            started.elapsed()
        });
        assert!(placed.iter().all(Result::is_ok), "{category}: {:?}", placed.iter().find(|placed| placed.is_err()));
        assert!(cancelled < Duration::from_millis(100), "{category}: {cancelled:?}");
        let (took, least) = (started.elapsed().as_secs(), 60 / rate);
        assert!(
            (least - 1..=2 * least + 1).contains(&took),
            "{category}: 60 orders took {took} s, and {rate} a second are admitted"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_waits_for_no_question_that_waits_already() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    // Of the same pool.
    let order = limit("linear");
    let asked = (0..60).map(|_| desk.call::<Value>("order.create", &order));
    let (_, placed) = tokio::join!(futures_util::future::join_all(asked), async {
        sleep(Duration::from_millis(10)).await;
        let started = Instant::now();
        desk.create_order(&order).await.expect("placed");
        started.elapsed()
    });
    assert!(placed < Duration::from_secs(2), "{placed:?}");
}

#[tokio::test(start_paused = true)]
async fn r077_too_many_requests_are_told_waited_out_and_survived() {
    let venue = venue(Bybit::builder());
    // Two clients that do not know of each other use the same account.
    let (one, other) = (
        login(&venue, Platform::trade()).await.expect("ready"),
        login(&venue, Platform::trade()).await.expect("ready"),
    );
    let order = limit("linear");
    let burst = (0..20).map(|at| {
        let desk = if at % 2 == 0 { one.clone() } else { other.clone() };
        let order = order.clone();
        async move { desk.create_order(&order).await }
    });
    let refused = futures_util::future::join_all(burst).await.into_iter().filter_map(Result::err);
    let refused: Vec<Error> = refused.collect();
    assert!(!refused.is_empty());
    for error in &refused {
        assert!(matches!(error, Error::Platform { code: 10_006, class: ErrorClass::RateLimited, .. }), "{error:?}");
    }
    sleep(Duration::from_secs(5)).await;
    one.create_order(&order).await.expect("there is room again");
    assert_eq!(venue.connected(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_leaves_the_outcome_unknown() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    venue.drop_reply("order.create");
    let lost = desk.create_order(&limit("linear").link_id("my-1")).await.expect_err("no answer");
    assert!(matches!(lost, Error::Timeout { outcome: Some(Outcome::Unknown), .. }), "{lost:?}");
    assert_eq!(venue.open_orders()[0]["orderLinkId"], "my-1", "it was carried out, once");
    assert_eq!(venue.requests("order.create").len(), 1);
}
