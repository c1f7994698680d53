#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "trades.*")]
    Trades(f64),
    #[nova(channel = "trades.{instrument}")]
    Again { instrument: nova::Text, price: f64 },
}

fn main() {}
