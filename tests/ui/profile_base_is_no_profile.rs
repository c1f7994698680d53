#[derive(nova::Profile)]
#[nova(base = String)]
struct Nightly;

fn main() {}
