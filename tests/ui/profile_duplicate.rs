#[derive(nova::Profile)]
#[nova(base = "financial", heartbeat(interval = "5s"))]
#[nova(base = "standard", heartbeat(interval = "5s"))]
struct Nightly;

fn main() {}
