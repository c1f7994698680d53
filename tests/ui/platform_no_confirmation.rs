#[derive(Default, nova::Platform)]
#[nova(channel = "/topic", subscribe = r#"{"op":"subscribe","args":{channels}}"#)]
struct Exchange;

fn main() {}
