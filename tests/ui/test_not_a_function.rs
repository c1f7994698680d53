#[nova::test]
mod tests {}

fn main() {}
