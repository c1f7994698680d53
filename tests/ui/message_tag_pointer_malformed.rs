#[derive(nova::Message)]
#[nova(tag = "e")]
enum Event {
    #[nova(tag = "trade")]
    Trade(f64),
}

#[derive(nova::Message)]
#[nova(tag = "/a~2b")]
enum Escaped {
    #[nova(tag = "trade")]
    Trade(f64),
}

fn main() {}
