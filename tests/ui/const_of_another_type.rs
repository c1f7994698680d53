const EVERY: u64 = 5;

#[nova::client(platform = "echo", heartbeat(interval = EVERY))]
struct Untimed;

fn main() {}
