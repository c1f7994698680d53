#[derive(Default, nova::Platform)]
#[nova(sequence(rule = "increment", at = "/seq"))]
struct Exchange;

fn main() {}
