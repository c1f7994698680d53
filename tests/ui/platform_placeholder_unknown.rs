#[derive(Default, nova::Platform)]
#[nova(
    id = "/id",
    url = "wss://{hots}/v1",
    subscribe = r#"{"id":{id},"args":{chanels}}"#,
    login(send = r#"{"id":{id},"key":"{apikey}"}"#)
)]
struct Exchange {
    host: String,
}

fn main() {}
