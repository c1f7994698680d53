//! A profile of one's own: `financial` for a job that runs at night and would rather wait than fail.
//!
//! ```sh
//! cargo run -p examples --example custom_profile
//! ```

use nova::test::venue::Deribit;

#[derive(nova::Profile)]
#[nova(base = "financial", reconnect(max_attempts = 50, max_delay = "10s"), connection(send = "wait"))]
struct Nightly;

#[nova::client(platform = "deribit", profile = Nightly, reconnect(jitter = 0.5))]
struct Report;

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let report = nova::connect(Report).url(venue.url()).await?;

    // Every setting knows which layer it came from.
    let config = report.config();
    for key in ["reconnect.max_attempts", "reconnect.max_delay", "reconnect.initial_delay", "reconnect.jitter"] {
        println!("{}", config.explain(key)?);
    }

    // While the link is away a call waits for it, where `financial` would refuse it at once.
    let mut state = report.watch();
    venue.cut();
    state.until(|state| !state.is_ready()).await.map_err(|state| nova::Error::handler(state.name()))?;
    let time: u64 = report.call("public/get_time", serde_json::json!({})).await?;
    println!("the venue's clock: {time}");
    report.close().await;
    Ok(())
}
