#[derive(Default, nova::Platform)]
#[nova(channel = "data.topic", payload = "/data~", id = "")]
struct Exchange;

fn main() {}
