#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(f64),
    #[nova(channel = "trades.*")]
    Trades(Vec<f64>),
}

fn price(feed: Feed) -> f64 {
    match feed {
        Feed::Ticker(price) => price,
    }
}

fn main() {}
