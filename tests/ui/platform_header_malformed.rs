#[derive(Default, nova::Platform)]
#[nova(headers = ["Authorization", "X Y: 1"])]
struct Exchange;

fn main() {}
