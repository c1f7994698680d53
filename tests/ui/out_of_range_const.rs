const JITTER: f64 = 2.0;

#[nova::client(platform = "echo", reconnect(jitter = JITTER))]
struct Desk;

fn main() {}
