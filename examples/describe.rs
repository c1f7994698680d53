//! What a client is and does, without connecting it: which behaviours are its own, what the inherited ones do, and where each setting
//! comes from.
//!
//! ```sh
//! cargo run -p examples --example describe
//! ```

use nova::Client;

#[nova::client(
    platform = "deribit",
    profile = "financial",
    reconnect(max_delay = "10s"),
    heartbeat(interval = "2m"),
    overrides(ErrorHandler)
)]
struct Desk {
    failures: u32,
}

impl nova::ErrorHandler for Desk {
    async fn handle_error(&mut self, error: &nova::Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
        self.failures += 1;
        if self.failures > 20 {
            return nova::Recovery::Stop;
        }
        cx.inherited().handle_error(error).await
    }
}

fn main() -> nova::Result {
    println!("{}", Desk::describe());

    // A builder tells the same of the client as it would start; a handle, of the client as it runs.
    let calmer = nova::Patch::new().set("reconnect.max_delay", "1m")?;
    let told = nova::connect(Desk { failures: 0 }).configure(calmer).describe();
    println!(
        "\nWith the builder's settings, should_reconnect: {}",
        told.callback("should_reconnect").map_or("", |told| &told.inherited)
    );
    Ok(())
}
