#[derive(Default, nova::Platform)]
#[nova(url = "https://ws.exchange.test")]
struct Exchange;

fn main() {}
