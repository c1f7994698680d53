#[derive(Default, nova::Platform)]
#[nova(
    ping(every = "20s", send = "ping"),
    answer(at = "/ping", send = r#"{"pong": {value}"#)
)]
struct Exchange;

fn main() {}
