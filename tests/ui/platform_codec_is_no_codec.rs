#[derive(Default, nova::Platform)]
#[nova(codec = String)]
struct Exchange;

fn main() {}
