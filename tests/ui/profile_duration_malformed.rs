#[derive(nova::Profile)]
#[nova(base = "financial", reconnect(max_delay = "10 seconds"), heartbeat(interval = "-1s"))]
struct Nightly;

fn main() {}
