struct Ticker {
    price: f64,
}

#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(Ticker),
}

#[derive(nova::Message)]
struct Tick {
    price: f64,
}

fn main() {}
