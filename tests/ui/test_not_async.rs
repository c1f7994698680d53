#[nova::test]
fn reconnects() {}

fn main() {}
