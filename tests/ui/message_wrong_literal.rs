#[derive(nova::Message)]
enum Feed {
    #[nova(channel = 5)]
    Ticker(f64),
    #[nova(other = true)]
    Other,
}

#[derive(nova::Message)]
#[nova(tag = 5)]
enum Event {
    #[nova(tag = 1.5)]
    Trade(f64),
}

fn main() {}
