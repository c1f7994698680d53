#[nova::client(
    platform = "echo",
    codec("json", x = 1),
    config("environment", prefx = "DESK"),
    secrets(my::Vault, prefix = "DESK"),
    metrics("counters"),
    cluster("local", builder),
)]
struct Desk;

#[nova::client(platform = "echo", config("environment", prefix = 5), secrets("environment", prefix = ""))]
struct Prefixed;

fn main() {}
