#[derive(nova::Profile)]
#[nova(base = financial)]
struct Nightly;

fn main() {}
