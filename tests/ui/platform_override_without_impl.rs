#[derive(Default, nova::Platform)]
#[nova(overrides(Platform))]
struct Exchange;

fn main() {}
