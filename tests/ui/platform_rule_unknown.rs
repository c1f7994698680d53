#[derive(Default, nova::Platform)]
#[nova(channel = "/topic", sequence(rule = "previous", at = "/seq"))]
struct Exchange;

fn main() {}
