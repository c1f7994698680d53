#[derive(nova::Message)]
struct Tick(f64);

#[nova::client(platform = "echo", message = Tick, overrides(MessageHandler))]
struct Desk;

impl nova::MessageHandler for Desk {
    async fn handle_message(&mut self, _: nova::Raw, _: &mut nova::Context<'_, Self>) -> nova::Result {
        Ok(())
    }
}

fn main() {}
