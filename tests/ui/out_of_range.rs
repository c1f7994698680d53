#[nova::client(platform = "echo", reconnect(jitter = 2))]
struct Jitter;

#[nova::client(platform = "echo", heartbeat(interval = "0s"))]
struct Interval;

#[nova::client(platform = "echo", heartbeat(interval = "1s", timeout = "10s"))]
struct Timeout;

#[nova::client(platform = "echo", reconnect(initial_delay = "1m", max_delay = "10s"))]
struct Delays;

fn main() {}
