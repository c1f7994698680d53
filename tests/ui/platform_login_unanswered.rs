#[derive(Default, nova::Platform)]
#[nova(login(send = r#"{"key":"{api_key}"}"#))]
struct Exchange;

fn main() {}
