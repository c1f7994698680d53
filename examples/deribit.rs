//! Deribit as one who trades there uses it: order books kept from typed messages, gaps healed, an order placed and cancelled.
//!
//! ```sh
//! cargo run -p examples --example deribit
//! cargo run -p examples --example deribit -- --help
//! ```

use std::{env, process::ExitCode};

use nova::{
    Context, Credentials, Disconnect, Error, Gap, Item, Resync,
    book::{Applied, Books, Rule, Top},
    platform::{
        Deribit,
        deribit::{Account, Feed, Market, NewOrder, Trading},
    },
    test::venue,
};
use tokio::sync::watch;

const HELP: &str = "\
Keeps the order book of BTC-PERPETUAL through a lost change and a lost link, and places an order far from the market.

Usage: cargo run -p examples --example deribit [-- OPTIONS]

Options:
  --live   talk to the venue's public test endpoint instead of a local one; nothing is broken there.
           Logs in with DERIBIT_CLIENT_ID and DERIBIT_CLIENT_SECRET where both are set, and places its order only then
  --help   print this";

/// What the rest of the program sees of a book.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Its top; `None` while it cannot be trusted.
    top: Option<Top>,
    /// How often it began anew.
    snapshots: u32,
}

/// The books are the client's own: its handlers put them together, and hand what they come to to whoever listens.
#[nova::client(
    platform = "deribit",
    profile = "financial",
    message = Feed,
    overrides(MessageHandler, SubscriptionHandler, ConnectionHandler)
)]
struct Desk {
    books: Books,
    shown: watch::Sender<Seen>,
}

impl nova::MessageHandler for Desk {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
        let Feed::Book(change) = message else {
            cx.deliver(message);
            return Ok(());
        };
        let applied = self.books.apply(&change.channel, &change.data);
        let top = self.books.get(&change.channel).and_then(nova::book::OrderBook::top);
        self.shown.send_modify(|seen| {
            seen.top = top;
            seen.snapshots += u32::from(applied == Ok(Applied::Snapshot));
        });
        if let Err(fault) = applied {
            cx.resync(&*change.channel);
            return Err(fault.into());
        }
        Ok(())
    }
}

impl nova::SubscriptionHandler for Desk {
    async fn handle_gap(&mut self, gap: &Gap, _: &mut Context<'_, Self>) -> Resync {
        let resync = self.books.gap(gap);
        println!("gap in {}: {:?}, so {resync:?}", gap.topic, gap.cause);
        self.shown.send_modify(|seen| seen.top = None);
        resync
    }
}

impl nova::ConnectionHandler for Desk {
    async fn handle_disconnect(&mut self, disconnect: &Disconnect, cx: &mut Context<'_, Self>) {
        self.books.invalidate();
        self.shown.send_modify(|seen| seen.top = None);
        cx.inherited().handle_disconnect(disconnect).await;
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let live = match env::args().nth(1).as_deref() {
        None => false,
        Some("--live") => true,
        Some("--help" | "-h") => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some(unknown) => {
            eprintln!("unknown argument `{}`; --help lists those there are", unknown.escape_debug());
            return ExitCode::from(2);
        }
    };
    match run(live).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(live: bool) -> nova::Result {
    let local = if live { None } else { Some(venue::Deribit::start().await?) };
    let url = local.as_ref().map_or(Deribit::TEST_URL, |venue| venue.url());
    let login = if live {
        let (id, secret) = (env::var("DERIBIT_CLIENT_ID"), env::var("DERIBIT_CLIENT_SECRET"));
        id.ok().zip(secret.ok()).map(|(id, secret)| Credentials::key(id, secret))
    } else {
        Some(Credentials::key("nova", "nova-secret"))
    };

    let (shown, mut seen) = watch::channel(Seen::default());
    let mut connect = nova::connect(Desk { books: Books::new(Rule::PrevId), shown })
        .url(url)
        .platform(Deribit::new().cancel_on_disconnect());
    if let Some(login) = login.clone() {
        connect = connect.credentials(login);
    }
    let desk = connect.await?;
    println!("the API is {}", desk.test().await?.version);
    // Without a login there are no `raw` channels.
    let interval = if login.is_some() { "raw" } else { "100ms" };
    desk.subscribe_many([format!("book.BTC-PERPETUAL.{interval}"), format!("trades.BTC-PERPETUAL.{interval}")]).await?;

    show(&mut seen, 1).await?;
    if let Some(venue) = &local {
        venue.skip_change("BTC-PERPETUAL");
        show(&mut seen, 2).await?;
        venue.cut();
        show(&mut seen, 3).await?;
    }
    while let Some(item) = desk.next().await {
        if let Item::Message(Feed::Trades(trades)) = item {
            println!("{} trade(s), the first at {}", trades.len(), trades[0].price);
            break;
        }
    }
    if login.is_some() {
        trade(&desk).await?;
    }
    desk.close().await;
    Ok(())
}

/// Waits until the book is whole from its `nth` snapshot on.
async fn show(seen: &mut watch::Receiver<Seen>, nth: u32) -> nova::Result {
    let whole = seen.wait_for(|seen| seen.snapshots >= nth && seen.top.is_some()).await.map_err(Error::handler)?;
    if let Some(top) = whole.top {
        println!("{top}, spread {}", top.spread().map_or_else(|| "none".to_owned(), |spread| spread.to_string()));
    }
    Ok(())
}

/// An order far below the market, which rests; its label would find it again if the link were lost first.
async fn trade(desk: &nova::Handle<Desk>) -> nova::Result {
    let price = desk.ticker("BTC-PERPETUAL").await?.min_price.unwrap_or(1_000.0).round();
    let placed = desk.buy(&NewOrder::limit("BTC-PERPETUAL", 10.0, price).label("example").post_only(true)).await?;
    println!("{} is {:?} at {price}", placed.order.order_id, placed.order.order_state);
    let open = desk.open_orders(None, None).await?;
    println!("{} with this label", open.iter().filter(|order| order.label.as_deref() == Some("example")).count());
    let cancelled = desk.cancel(&placed.order.order_id).await?;
    println!("{} is {:?}", cancelled.order_id, cancelled.order_state);
    Ok(())
}
