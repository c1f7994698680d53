#[nova::client(platform = "echo", codec, config, secrets, metrics, cluster)]
struct Desk;

fn main() {}
