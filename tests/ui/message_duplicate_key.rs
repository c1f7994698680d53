#[derive(nova::Message)]
#[nova(separator = ".", separator = "/")]
enum Feed {
    #[nova(channel = "ticker.*", channel = "tickers.*")]
    Ticker(f64),
}

fn main() {}
