#[nova::client(platform = "echo", codec = "jsonn", cluster = "lokal")]
struct Names;

#[nova::client(
    platform = "echo",
    reconnect(backoff = "expotential"),
    connection(send = "queu"),
    rate_limit(mode = "drop"),
    backpressure(overflow = "drop_olds"),
    telemetry(level = "verbose"),
    cluster(strategy = "geoaware"),
)]
struct Settings;

fn main() {}
