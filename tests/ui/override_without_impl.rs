#[nova::client(platform = "echo", overrides(ErrorHandler))]
struct Desk;

fn main() {}
