//! Bybit: books that survive a hole, tickers put together from their changes, and an order that is placed and cancelled, while another
//! connection tells what becomes of it.
//!
//! ```sh
//! cargo run -p examples --example bybit -- --help
//! ```

use std::{env, process::ExitCode};

use nova::{
    Credentials, Handle, Item,
    book::{Books, OrderBook, Rule},
    platform::{
        Bybit,
        bybit::{Account, CancelOrder, Market, NewOrder, Side, Ticker, Trading},
    },
    test::venue,
};

const HELP: &str = "\
Market data, account news and an order over Bybit's v5 API.

Usage: cargo run -p examples --example bybit [-- OPTIONS]

Options:
  --live   market data of production instead of a local venue. With BYBIT_API_KEY and BYBIT_API_SECRET, also account news
           and an order far below the market, at the test environment
  --help   print this";

const SYMBOL: &str = "BTCUSDT";

#[nova::client(platform = "bybit", profile = "financial", message = Market)]
struct Prices;

#[nova::client(platform = "bybit", profile = "financial", message = Account)]
struct News;

#[nova::client(platform = "bybit", profile = "financial")]
struct Desk;

/// Where to connect to, and as whom.
struct Place {
    prices: String,
    account: Option<(String, Credentials)>,
    /// Misbehaves on command, unlike the real one.
    venue: Option<venue::Bybit>,
}

impl Place {
    async fn local() -> nova::Result<Self> {
        let venue = venue::Bybit::start().await?;
        let account = Some((venue.origin(), Credentials::key("nova", "nova-secret")));
        Ok(Self { prices: venue.origin(), account, venue: Some(venue) })
    }

    fn live() -> Self {
        let key = env::var("BYBIT_API_KEY").ok().zip(env::var("BYBIT_API_SECRET").ok());
        let account = key.map(|(key, secret)| (Bybit::TESTNET.to_owned(), Credentials::key(key, secret)));
        Self { prices: "wss://stream.bybit.com".to_owned(), account, venue: None }
    }
}

async fn watch(prices: &Handle<Prices>, place: &Place) -> nova::Result {
    let book = format!("orderbook.50.{SYMBOL}");
    prices.subscribe_many([book.clone(), format!("tickers.{SYMBOL}"), format!("publicTrade.{SYMBOL}")]).await?;
    let (mut books, mut ticker) = (Books::new(Rule::IncrementFromOne), Ticker::default());
    let (mut changes, mut trades) = (0_u32, 0_usize);
    while changes < 40 || trades == 0 || ticker.symbol.is_empty() {
        match prices.next().await {
            Some(Item::Message(Market::Book(push))) => {
                books.apply(&push.topic, &push).map_err(nova::Error::handler)?;
                changes += 1;
                if let Some(venue) = place.venue.as_ref().filter(|_| changes == 10) {
                    venue.lose_next(&book);
                }
            }
            // Changes only say what changed.
            Some(Item::Message(Market::Ticker(push))) => ticker.merge(push.data),
            Some(Item::Message(Market::Trades(push))) => trades += push.data.len(),
            Some(Item::Message(_)) => {}
            Some(Item::Gap(gap)) => {
                // Empty until the snapshot comes, which is on its way.
                books.gap(&gap);
                println!("{}: {:?}", gap.topic, gap.cause);
            }
            Some(other) => println!("{other:?}"),
            None => break,
        }
    }
    let top = books.get(&book).and_then(OrderBook::top).map(|top| top.to_string()).unwrap_or_default();
    println!("{SYMBOL} {:?}, {top}: {changes} messages of its book, {trades} trades", ticker.last_price);
    Ok(())
}

async fn trade(desk: &Handle<Desk>, news: &Handle<News>) -> nova::Result {
    news.subscribe("order").await?;
    let order = NewOrder::limit("linear", SYMBOL, Side::Buy, "0.001", "10000").time_in_force("PostOnly");
    // Accepted, which is not resting yet: the topic tells.
    let placed = desk.create_order(&order).await?;
    let cancel = CancelOrder {
        category: "linear",
        symbol: SYMBOL.to_owned(),
        order_id: Some(placed.order_id),
        ..CancelOrder::default()
    };
    desk.cancel_order(&cancel).await?;
    while let Some(item) = news.next().await {
        let Item::Message(Account::Orders(push)) = item else { continue };
        for order in &push.data {
            println!("order {}: {}", order.order_id, order.order_status);
        }
        if push.data.iter().any(|order| order.order_status != "New") {
            break;
        }
    }
    Ok(())
}

async fn run(live: bool) -> nova::Result {
    let place = if live { Place::live() } else { Place::local().await? };
    let prices = nova::connect(Prices).platform(Bybit::linear().at(place.prices.clone())).await?;
    watch(&prices, &place).await?;
    if let Some((origin, login)) = &place.account {
        let news = nova::connect(News).platform(Bybit::private().at(origin.clone())).credentials(login.clone()).await?;
        let desk = nova::connect(Desk).platform(Bybit::trade().at(origin.clone())).credentials(login.clone()).await?;
        trade(&desk, &news).await?;
        desk.close().await;
        news.close().await;
    }
    prices.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let live = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--live"] => true,
        ["--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("unknown arguments; --help lists those there are");
            return ExitCode::from(2);
        }
    };
    match run(live).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bybit: {error}");
            ExitCode::FAILURE
        }
    }
}
