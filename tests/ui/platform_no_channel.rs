#[derive(Default, nova::Platform)]
#[nova(id = "/id", subscribe = r#"{"id":{id},"op":"subscribe"}"#)]
struct Exchange;

fn main() {}
