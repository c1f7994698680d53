#[derive(nova::Message)]
#[nova(separtor = ".", tag = "e")]
enum Feed<'f> {
    #[nova(tag = true)]
    Ticker(&'f str),
    #[nova(tga = "trade")]
    Trades(f64),
    #[nova(tag = "book")]
    Book(f64, f64),
    #[nova(channel = "quote.*")]
    Quote(f64),
    Unrouted,
}

fn main() {}
