#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(f64, f64),
    #[nova(channel = "trades.{instrument}")]
    Trades { instrument: nova::Text, price: f64, amount: f64 },
}

fn main() {}
