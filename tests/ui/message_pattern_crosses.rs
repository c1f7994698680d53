#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "book.*.raw")]
    Raw(f64),
    #[nova(channel = "book.BTC.*")]
    Bitcoin(f64),
}

fn main() {}
