#[derive(nova::Profile)]
#[nova = "financial"]
struct Nightly;

fn main() {}
