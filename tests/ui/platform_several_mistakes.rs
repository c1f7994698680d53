#[derive(Default, nova::Platform)]
#[nova(
    urls = "wss://x.test",
    channel = "topic",
    payload = "/da~ta",
    codec = "jsn",
    ping(evry = "20s"),
    subscribe = r#"{"args":{chanels}}"#,
    sequence(rule = "incremnt", at = "/seq"),
    topics = 0,
    error_codes(rate_limit = 5)
)]
struct Exchange {
    kept: u32,
}

#[nova::client(platform = Exchange)]
struct Desk {
    // The platform is still one: no further error.
    exchange: Exchange,
}

fn main() {}
