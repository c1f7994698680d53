#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(f64),
    Trades(f64),
}

#[derive(nova::Message)]
enum Nothing {}

fn main() {}
