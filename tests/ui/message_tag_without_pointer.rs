#[derive(nova::Message)]
enum Event {
    #[nova(tag = "trade")]
    Trade(f64),
}

#[derive(nova::Message)]
#[nova(tag = "/e")]
enum Other {
    #[nova(channel = "trades.*")]
    Trade(f64),
    Quote(f64),
}

fn main() {}
