//! Typed channels: messages come as an enum of yours, so that a match over them is exhaustive.
//!
//! ```sh
//! cargo run -p examples --example typed
//! ```

use std::collections::BTreeMap;

use nova::{Credentials, Item, Raw, Text, test::venue::Deribit};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Ticker {
    instrument_name: String,
    last_price: f64,
}

#[derive(Debug, Deserialize)]
struct Trade {
    direction: String,
    price: f64,
    amount: f64,
}

#[derive(Debug, nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(Ticker),
    /// What a channel's name says fills fields.
    #[nova(channel = "trades.{instrument}.*")]
    Trades { instrument: Text, trades: Vec<Trade> },
    /// Without it, a channel that no pattern takes is an error to `handle_error`.
    #[nova(other)]
    Other(Raw),
}

#[nova::client(platform = "deribit", profile = "financial", message = Feed)]
struct Desk;

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let login = Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk).url(venue.url()).credentials(login).await?;
    let topics = ["ticker.BTC-PERPETUAL.raw", "trades.BTC-PERPETUAL.raw", "quote.ETH-PERPETUAL"];
    desk.subscribe_many(topics).await?;

    let mut seen = BTreeMap::<&str, u32>::new();
    while seen.len() < topics.len() || seen["ticker"] < 10 {
        let Some(item) = desk.next().await else { break };
        match item {
            Item::Message(Feed::Ticker(ticker)) => {
                println!("{} {:.2}", ticker.instrument_name, ticker.last_price);
                *seen.entry("ticker").or_default() += 1;
            }
            Item::Message(Feed::Trades { instrument, trades }) => {
                for Trade { direction, amount, price } in trades {
                    println!("  {instrument}: {direction} {amount} at {price:.2}");
                }
                *seen.entry("trades").or_default() += 1;
            }
            Item::Message(Feed::Other(raw)) => *seen.entry(raw.channel().map_or("?", |_| "other")).or_default() += 1,
            Item::Undecodable(raw, error) => println!("{error}: {raw:?}"),
            // Gaps and drops: nothing is missing here, because the link holds.
            other => println!("{other:?}"),
        }
    }
    println!("messages: {seen:?}");
    desk.close().await;
    Ok(())
}
