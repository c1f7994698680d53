#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(f64),
    #[nova(channel = "ticker.BTC.raw")]
    Bitcoin(f64),
}

fn main() {}
