//! Overriding one behaviour: `Patient` counts failures and gives up at the second; everything else stays inherited.
//!
//! ```sh
//! cargo run -p examples --example override
//! ```

use nova::{Context, Credentials, Error, Recovery, test::venue::Deribit};

#[nova::client(platform = "deribit", profile = "financial", overrides(ErrorHandler))]
struct Patient {
    failures: u32,
}

impl nova::ErrorHandler for Patient {
    async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
        self.failures += 1;
        println!("failure {}: {error}", self.failures);
        if self.failures >= 2 {
            return Recovery::Stop;
        }
        cx.inherited().handle_error(error).await
    }
}

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let login = Credentials::key("nova", "nova-secret");
    let client = nova::connect(Patient { failures: 0 }).url(venue.url()).credentials(login).await?;

    // The first lost link: the profile comes back at once.
    let mut state = client.watch();
    venue.cut();
    state.until(|state| !state.is_ready()).await.map_err(|state| Error::handler(state.name()))?;
    client.wait_ready().await?;
    println!("ready again");

    // The second: the handler has had enough, and every further call says why.
    venue.cut();
    let end = state.until(nova::State::is_terminal).await;
    let refusal = client.subscribe("ticker.BTC-PERPETUAL.raw").await;
    println!("{end:?}: {refusal:?}");
    match refusal {
        Err(Error::Ended { .. }) => Ok(()),
        other => Err(Error::handler(format!("the client went on: {other:?}"))),
    }
}
