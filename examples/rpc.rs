//! Remote procedures as methods: a trait with one line for each, called on the handle, and mocked where there is no venue.
//!
//! ```sh
//! cargo run -p examples --example rpc
//! ```

use nova::{Credentials, test::venue::Deribit};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Summary {
    currency: String,
    equity: f64,
}

#[derive(Debug, Deserialize)]
struct Placed {
    order: Order,
}

#[derive(Debug, Deserialize)]
struct Order {
    #[serde(rename = "order_id")]
    id: String,
    #[serde(rename = "order_state")]
    state: String,
    price: f64,
}

/// What this program asks of Deribit. Handles of clients of another platform do not have it.
#[nova::rpc(platform = "deribit", timeout = "5s")]
trait Account {
    /// The state of the account in one currency.
    #[rpc("private/get_account_summary", idempotent)]
    async fn summary(&self, currency: &str) -> nova::Result<Summary>;

    /// Places a buy order; what is `None` is not sent.
    #[rpc("private/buy")]
    async fn buy(
        &self,
        instrument_name: &str,
        amount: f64,
        price: f64,
        #[rpc(name = "type", default = "limit")] kind: Option<&str>,
        label: Option<&str>,
    ) -> nova::Result<Placed>;

    /// Cancels everything; how many orders that were.
    #[rpc("private/cancel_all", idempotent)]
    async fn cancel_all(&self) -> nova::Result<u64>;
}

/// Whatever answers like an account will do: the handle of a client, or something in its place.
async fn probe(account: &impl Account) -> nova::Result<u64> {
    let summary = account.summary("BTC").await?;
    println!("{} {:.4}", summary.currency, summary.equity);
    let Placed { order } = account.buy("BTC-PERPETUAL", 10.0, 1000.0, None, Some("probe")).await?;
    println!("{} is {} at {}", order.id, order.state, order.price);
    account.cancel_all().await
}

/// An account that exists nowhere.
struct Paper;

impl Account for Paper {
    async fn summary(&self, currency: &str) -> nova::Result<Summary> {
        Ok(Summary { currency: currency.to_owned(), equity: 1.0 })
    }

    async fn buy(&self, _: &str, _: f64, price: f64, _: Option<&str>, label: Option<&str>) -> nova::Result<Placed> {
        let id = label.unwrap_or("paper").to_owned();
        Ok(Placed { order: Order { id, state: "open".to_owned(), price } })
    }

    async fn cancel_all(&self) -> nova::Result<u64> {
        Ok(1)
    }
}

#[nova::client(platform = "deribit", profile = "financial")]
struct Desk;

#[tokio::main]
async fn main() -> nova::Result {
    println!("{} cancelled on paper", probe(&Paper).await?);

    let venue = Deribit::start().await?;
    let login = Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk).url(venue.url()).credentials(login).await?;
    println!("{} cancelled at the venue", probe(&desk).await?);
    desk.close().await;
    Ok(())
}
