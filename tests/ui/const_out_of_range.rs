const JITTER: f64 = 2.0;

#[nova::client(platform = "echo", reconnect(max_attempts = 5, jitter = JITTER))]
struct Desk;

#[derive(nova::Profile)]
#[nova(base = "financial", reconnect(jitter = JITTER))]
struct Nightly;

fn main() {}
