#[nova::client(platform = "echo", overrides(ErrorHandler, MessageHandler, HeartbeatHandler))]
struct Desk;

impl nova::ErrorHandler for Desk {
    async fn handle_error(&mut self, _: &nova::Error) -> nova::Recovery {
        nova::Recovery::Stop
    }
}

impl nova::MessageHandler for Desk {
    fn handle_message(&mut self, _: nova::Raw, _: &mut nova::Context<'_, Self>) -> nova::Result {
        Ok(())
    }
}

impl nova::HeartbeatHandler for Desk {
    fn interval(&self, _: &nova::Config, _: nova::View<'_, Self>) -> Option<std::time::Duration> {
        None
    }
}

fn main() {}
