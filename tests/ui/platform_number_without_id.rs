#[derive(Default, nova::Platform)]
#[nova(ping(every = "20s", send = r#"{"id":{id}}"#))]
struct Exchange;

fn main() {}
