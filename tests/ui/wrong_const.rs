const JITTER: &str = "a lot";

#[nova::client(platform = "echo", reconnect(jitter = JITTER))]
struct Desk;

fn main() {}
