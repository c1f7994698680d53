#[derive(Default, nova::Platform)]
#[nova(ping(every = "20s", send = "[]", text = "ping"), payload = "/data")]
struct Exchange;

fn main() {}
