#[derive(Default, nova::Platform)]
#[nova(
    id = "/id",
    subscribe = r#"{"id":{id},"args":{channels},}"#
)]
struct Exchange;

fn main() {}
