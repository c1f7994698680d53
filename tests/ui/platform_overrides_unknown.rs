#[derive(Default, nova::Platform)]
#[nova(overrides(ErrorHandler))]
struct Exchange;

fn main() {}
