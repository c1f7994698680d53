//! Ending well: on Ctrl-C, or after two seconds, what was accepted is still sent, then the link is closed.
//!
//! ```sh
//! cargo run -p examples --example graceful_shutdown
//! ```

use std::time::Duration;

use nova::{Credentials, Outgoing, test::venue::Deribit};
use tokio::{pin, select, signal, time};

#[nova::client(platform = "deribit", profile = "financial")]
struct Desk;

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let login = Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk).url(venue.url()).credentials(login).await?;
    desk.subscribe("ticker.BTC-PERPETUAL.raw").await?;

    // Made once: what is made anew in each turn of a loop would never come to its end.
    let (interrupt, timeout) = (signal::ctrl_c(), time::sleep(Duration::from_secs(2)));
    pin!(interrupt, timeout);
    let mut messages = 0;
    let why = loop {
        select! {
            _ = &mut interrupt => break "Ctrl-C",
            () = &mut timeout => break "the time is up",
            item = desk.next() => match item {
                Some(_) => messages += 1,
                None => break "the client ended",
            },
        }
    };

    // Accepted before the close, and so still sent.
    desk.send(Outgoing::call("private/cancel_all", &serde_json::json!({}))?).await?;
    let closed = desk.close().await;
    println!("{why}: {messages} messages, closed {closed:?}");
    println!("the venue was asked to cancel {} time(s)", venue.requests("private/cancel_all").len());
    match desk.subscribe("ticker.ETH-PERPETUAL.raw").await {
        Err(nova::Error::ClientClosed) => Ok(()),
        other => Err(nova::Error::handler(format!("a closed client answered {other:?}"))),
    }
}
