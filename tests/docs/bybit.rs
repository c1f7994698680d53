//! The code of `docs/guides/bybit.md`: it compiles here, and the end of it runs.

#![allow(dead_code, reason = "most of it is compiled, not run")]

#[rustfmt::skip]
mod endpoints {
    use nova::{
        Credentials, Item,
        platform::{
            Bybit,
            bybit::{Account, Market},
        },
    };

    #[nova::client(platform = "bybit", profile = "financial", message = Market)]
    pub(super) struct Prices;

    #[nova::client(platform = "bybit", profile = "financial", message = Account)]
    struct News;

    async fn run(login: Credentials) -> nova::Result {
        let prices = nova::connect(Prices).platform(Bybit::spot().at(Bybit::TESTNET)).await?;
        prices.subscribe_many(["orderbook.50.BTCUSDT", "publicTrade.BTCUSDT"]).await?;

        let news = nova::connect(News).platform(Bybit::private().at(Bybit::TESTNET)).credentials(login).await?;
        news.subscribe_many(["order", "execution", "wallet"]).await?;

        while let Some(item) = prices.next().await {
            match item {
                Item::Message(Market::Trades(push)) => println!("{:?}", push.data),
                Item::Message(_) => {}
                other => println!("{other:?}"),
            }
        }
        Ok(())
    }
}

#[rustfmt::skip]
mod tickers {
    use nova::platform::bybit::{Push, PushKind, Ticker};

    pub(super) fn keep(ticker: &mut Ticker, push: Push<Ticker>) {
        match push.kind {
            Some(PushKind::Delta) => ticker.merge(push.data),
            _ => *ticker = push.data,
        }
    }
}

#[rustfmt::skip]
mod books {
    use nova::{Item, book::{Books, Fault}, platform::bybit::Market};

    fn follow(books: &mut Books, item: Item<Market>) -> Result<(), Fault> {
        match item {
            Item::Message(Market::Book(push)) => {
                books.apply(&push.topic, &push)?;
                println!("{:?}", books.get(&push.topic).and_then(nova::book::OrderBook::top));
            }
            // Empty until the snapshot comes, which is on its way.
            Item::Gap(gap) => drop(books.gap(&gap)),
            _ => {}
        }
        Ok(())
    }
}

#[rustfmt::skip]
mod orders {
    use nova::{
        Credentials, Outgoing, Priority,
        platform::{Bybit, bybit::{BatchOf, CancelOrder, NewOrder, Placed, Side, Trading}},
    };

    #[nova::client(platform = "bybit", profile = "financial")]
    struct Desk;

    async fn place(login: Credentials) -> nova::Result {
        let desk = nova::connect(Desk).platform(Bybit::trade()).credentials(login).await?;
        let order = NewOrder::limit("linear", "BTCUSDT", Side::Buy, "0.01", "36000").link_id("my-1");
        let placed = desk.create_order(&order).await?;
        println!("{} is accepted", placed.order_id);

        let cancel = CancelOrder { category: "linear", symbol: "BTCUSDT".into(), order_link_id: Some("my-1".into()), ..Default::default() };
        // Before everything else that waits.
        let urgent = Outgoing::call("order.cancel", &cancel)?.priority(Priority::Cancel);
        let cancelled: Placed = desk.request(urgent).await?;
        println!("{} is to be cancelled", cancelled.order_id);

        let orders = BatchOf { category: "linear", request: vec![order.clone(), order.link_id("my-2")] };
        for item in desk.create_orders(&orders).await?.items {
            println!("{} {} {}", item.order_link_id, item.code, item.message);
        }
        Ok(())
    }
}

use endpoints::Prices;
use nova::{
    Item,
    platform::{
        Bybit,
        bybit::{Market, Push, PushKind, Ticker},
    },
};

#[rustfmt::skip]
#[tokio::test]
async fn a_book_that_loses_a_message_and_then_its_link_begins_anew_with_a_snapshot() -> nova::Result {
    let venue = nova::test::venue::Bybit::start().await?;
    let prices = nova::connect(Prices).platform(Bybit::linear().at(venue.origin())).await?;
    prices.subscribe("orderbook.50.BTCUSDT").await?;
    venue.lose_next("orderbook.50.BTCUSDT");
    venue.cut();

    let (mut gaps, mut whole) = (0, true);
    while gaps < 1 || whole {
        match prices.next().await.expect("alive") {
            Item::Message(Market::Book(push)) => {
                assert!(!whole || push.kind == Some(PushKind::Snapshot), "a change without its book: {push:?}");
                whole = false;
            }
            Item::Gap(_) => (gaps, whole) = (gaps + 1, true),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

#[test]
fn a_ticker_is_put_together_from_its_changes() {
    let push = |text: &str| serde_json::from_str::<Push<Ticker>>(text).expect("a ticker");
    let mut ticker = Ticker::default();
    for text in [
        r#"{"topic":"tickers.A","type":"snapshot","ts":"1","data":{"symbol":"A","lastPrice":"1.5","bid1Price":"1","fundingRate":""}}"#,
        r#"{"topic":"tickers.A","type":"delta","ts":2,"data":{"symbol":"A","lastPrice":"2"}}"#,
    ] {
        tickers::keep(&mut ticker, push(text));
    }
    assert_eq!((ticker.last_price, ticker.bid_price, ticker.funding_rate), (Some(2.0), Some(1.0), None));
    tickers::keep(&mut ticker, push(r#"{"topic":"tickers.A","type":"snapshot","data":{"symbol":"A"}}"#));
    assert_eq!(ticker.bid_price, None, "a snapshot replaces");
}
