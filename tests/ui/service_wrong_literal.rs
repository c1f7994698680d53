#[nova::client(platform = "echo", codec = 1, config = 2.5, secrets = 'x', metrics = true, cluster = b"local")]
struct Desk;

fn main() {}
