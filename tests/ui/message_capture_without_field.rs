#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.{instrumnt}")]
    Ticker { instrument: nova::Text, price: f64 },
    #[nova(channel = "trades.{instrument}")]
    Trades(f64),
}

fn main() {}
