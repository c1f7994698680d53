#[nova::client(platform = "echo", overrides(ErrorHandler))]
struct Desk;

impl nova::ErrorHandler for Desk {}

impl nova::ErrorHandler for Desk {
    fn log_error(&mut self, _: &nova::Error, _: &mut nova::Lent<'_, Self>) {}
}

fn main() {}
