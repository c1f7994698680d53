#[derive(nova::Message)]
#[nova(tag = "/e")]
enum Event {
    #[nova(tag = "trade")]
    Trade(f64),
    #[nova(tag = "trade")]
    Again(f64),
}

fn main() {}
