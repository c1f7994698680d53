//! Deribit's methods as methods of the handle: what each asks for, and what comes back typed.

use std::time::Duration;

use nova::{
    Error, Outcome,
    platform::deribit::{Account, Edit, Market, NewOrder, OrderPrice, OrderState, Trading},
    test::venue::Deribit,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::{login, ready, venue};

#[tokio::test(start_paused = true)]
async fn the_market_is_asked_by_name() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    assert!(!desk.test().await.expect("it answers").version.is_empty());
    assert!(!desk.hello("desk", "1.0").await.expect("it answers").version.is_empty());
    assert!(desk.time().await.expect("it answers") > 1_700_000_000_000);
    assert_eq!(desk.platform_status().await.expect("it answers")["locked"], "false");
    let instruments = desk.instruments("BTC", Some("option"), None).await.expect("it answers");
    assert_eq!(instruments[0].instrument_name, "BTC-26DEC31-90000-C");
    assert_eq!(venue.requests("public/get_instruments"), [json!({ "currency": "BTC", "kind": "option" })]);
    let ticker = desk.ticker("BTC-PERPETUAL").await.expect("it answers");
    let book = desk.order_book("BTC-PERPETUAL", Some(1)).await.expect("it answers");
    let best = |price: Option<f64>| price.and_then(|price| price.try_into().ok());
    assert_eq!((book.bids.len(), Some(book.bids[0].price)), (1, best(ticker.best_bid_price)));
    assert_eq!(Some(book.asks[0].price), best(ticker.best_ask_price));
}

#[tokio::test(start_paused = true)]
async fn orders_are_placed_changed_found_and_cancelled() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let order = NewOrder::limit("BTC-PERPETUAL", 10.0, 1_000.0).label("one").post_only(true);
    let placed = desk.buy(&order).await.expect("placed");
    assert_eq!((placed.order.order_state, placed.trades.len()), (OrderState::Open, 0));
    let asked = json!({
        "instrument_name": "BTC-PERPETUAL", "amount": 10.0, "type": "limit", "price": 1000.0, "label": "one",
        "post_only": true, "reject_post_only": true,
    });
    assert_eq!(venue.requests("private/buy"), [asked], "what is not said is not sent");

    let edited = desk.edit(&Edit::new(&placed.order.order_id, 20.0).price(1_001.0)).await.expect("changed");
    assert_eq!((edited.order.amount, edited.order.price), (Some(20.0), Some(OrderPrice::At(1_001.0))));
    let open = desk.open_orders(None, None).await.expect("it answers");
    assert_eq!((open.len(), open[0].label.as_deref()), (1, Some("one")));
    let cancelled = desk.cancel(&placed.order.order_id).await.expect("cancelled");
    assert_eq!(cancelled.order_state, OrderState::Cancelled);
    let gone = desk.cancel(&placed.order.order_id).await.expect_err("gone");
    assert!(matches!(gone, Error::Platform { code: 10_004, .. }), "{gone:?}");

    let filled = desk.sell(&NewOrder::market("BTC-PERPETUAL", 10.0)).await.expect("filled");
    assert_eq!((filled.order.order_state, filled.trades.len()), (OrderState::Filled, 1));
    assert_eq!(filled.trades[0].order_id.as_ref(), Some(&filled.order.order_id));
    let positions = desk.positions(Some("BTC"), None).await.expect("it answers");
    assert_eq!((positions[0].size.round(), positions[0].direction.as_deref()), (-10.0, Some("sell")));

    for label in ["two", "two", "three"] {
        desk.buy(&NewOrder::limit("BTC-PERPETUAL", 10.0, 1_000.0).label(label)).await.expect("placed");
    }
    assert_eq!(desk.cancel_by_label("two").await.expect("it answers"), 2);
    assert_eq!(desk.cancel_all().await.expect("it answers"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_account_is_told_in_each_currency() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let summary = desk.account_summary("eth", Some(true)).await.expect("it answers");
    assert_eq!((summary.currency.as_str(), summary.equity), ("ETH", Some(10.0)));
    assert_eq!(venue.requests("private/get_account_summary"), [json!({ "currency": "eth", "extended": true })]);
    let all = desk.account_summaries(None).await.expect("it answers").summaries;
    assert_eq!(all.iter().map(|one| one.currency.as_str()).collect::<Vec<_>>(), ["BTC", "ETH"]);
}

/// A link lost before the answer: what reads is asked again on the next connection, an order never is.
#[tokio::test(start_paused = true)]
async fn an_order_is_never_sent_twice() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let order = NewOrder::limit("BTC-PERPETUAL", 10.0, 1_000.0);
    venue.drop_next_reply();
    let (placed, ()) = tokio::join!(desk.buy(&order), async {
        while venue.requests("private/buy").is_empty() {
            tokio::task::yield_now().await;
        }
        venue.cut();
    });
    assert!(matches!(placed, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{placed:?}");
    ready(&desk, 2).await;
    assert_eq!((venue.requests("private/buy").len(), venue.open_orders().len()), (1, 1));

    venue.drop_next_reply();
    let (positions, ()) = tokio::join!(desk.positions(None, None), async {
        while venue.requests("private/get_positions").is_empty() {
            tokio::task::yield_now().await;
        }
        venue.cut();
    });
    assert!(positions.expect("asked again").is_empty());
    assert_eq!(venue.requests("private/get_positions").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_order_and_a_cancel_wait_for_no_question_that_waits_already() {
    let order = NewOrder::limit("BTC-PERPETUAL", 10.0, 1_000.0);
    let (_venue, dialer) = venue(Deribit::builder());
    let slow =
        nova::Patch::new().set("rate_limit.capacity", "500").and_then(|patch| patch.set("rate_limit.refill", "500/s"));
    let desk = login(dialer).configure(slow.expect("settings")).await.expect("ready");
    for which in ["cancel", "cancel_all", "cancel_by_label", "buy", "sell", "edit"] {
        let (asked, ended) = tokio::join!(
            futures_util::future::join_all((0..5).map(|_| async { desk.time().await.map(|_| Instant::now()) })),
            async {
                sleep(Duration::from_millis(10)).await;
                match which {
                    "cancel" => drop(desk.cancel("O-1").await.expect_err("there is none")),
                    "cancel_all" => drop(desk.cancel_all().await.expect("it answers")),
                    "buy" => drop(desk.buy(&order).await.expect("placed")),
                    "sell" => drop(desk.sell(&order).await.expect("placed")),
                    "edit" => drop(desk.edit(&Edit::new("O-1", 10.0)).await.expect_err("there is none")),
                    _ => drop(desk.cancel_by_label("x").await.expect("it answers")),
                }
                Instant::now()
            },
        );
        let overtaken = asked.into_iter().filter(|time| *time.as_ref().expect("it answers") > ended).count();
        assert!(overtaken >= 3, "{which} overtook {overtaken} of 5");
    }
}
