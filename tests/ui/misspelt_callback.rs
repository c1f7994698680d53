#[nova::client(platform = "echo", overrides(ErrorHandler))]
struct Desk;

impl nova::ErrorHandler for Desk {
    async fn handle_eror(&mut self, _: &nova::Error, _: &mut nova::Context<'_, Self>) -> nova::Recovery {
        nova::Recovery::Stop
    }
}

fn main() {}
