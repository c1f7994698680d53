struct Instrument;

#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.{instrument}")]
    Ticker { instrument: Instrument, price: f64 },
}

fn main() {}
