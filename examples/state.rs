//! State in the struct: a handler owns its client, so its fields need no lock.
//!
//! ```sh
//! cargo run -p examples --example state
//! ```

use nova::{Context, Credentials, Raw, test::venue::Deribit};
use serde::Deserialize;
use tokio::sync::watch;

#[derive(Deserialize)]
struct Ticker {
    last_price: f64,
}

/// What the rest of the program sees of the desk.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    low: f64,
    high: f64,
    ticks: u32,
}

#[nova::client(platform = "deribit", profile = "financial", overrides(MessageHandler))]
struct Desk {
    range: Range,
    shown: watch::Sender<Range>,
}

impl nova::MessageHandler for Desk {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> nova::Result {
        let Ticker { last_price } = message.data()?;
        let Range { low, high, ticks } = self.range;
        self.range = match ticks {
            0 => Range { low: last_price, high: last_price, ticks: 1 },
            _ => Range { low: low.min(last_price), high: high.max(last_price), ticks: ticks + 1 },
        };
        self.shown.send_replace(self.range);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let (shown, mut seen) = watch::channel(Range::default());
    let login = Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk { range: Range::default(), shown }).url(venue.url()).credentials(login).await?;
    desk.subscribe("ticker.BTC-PERPETUAL.raw").await?;

    let range = *seen.wait_for(|range| range.ticks >= 15).await.map_err(nova::Error::handler)?;
    println!("after {} ticks: {:.2} … {:.2}", range.ticks, range.low, range.high);
    desk.close().await;
    Ok(())
}
