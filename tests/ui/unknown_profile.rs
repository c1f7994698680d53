#[nova::client(platform = "echo", profile = "turbo")]
struct Desk;

fn main() {}
