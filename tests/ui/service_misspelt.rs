#[nova::client(
    platform = "echo",
    codec = "jsn",
    config = "enviroment",
    secrets("enviroment", prefix = "DESK"),
    metrics = "statsd",
    cluster = "locale",
)]
struct Desk;

fn main() {}
