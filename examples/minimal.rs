//! The least that is a whole client: it logs in, subscribes, prints, and goes on after a dropped link with everything restored.
//!
//! ```sh
//! cargo run -p examples --example minimal          # against a local venue that drops the link on the way
//! cargo run -p examples --example minimal -- URL   # or against this one (`NOVA_URL` does the same)
//! ```

#[path = "support/place.rs"]
mod place;

#[nova::client(platform = "deribit", profile = "financial")]
struct Desk;

#[tokio::main]
async fn main() -> nova::Result {
    let login = nova::Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk).url(place::url().await?).credentials(login).await?;
    desk.subscribe("ticker.BTC-PERPETUAL.raw").await?;
    while let Some(item) = desk.next().await {
        println!("{item:?}");
    }
    Ok(())
}
