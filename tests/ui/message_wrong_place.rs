#[derive(nova::Message)]
#[nova(channel = "ticker.*")]
enum Feed {
    #[nova(channel = "ticker.*", separator = ".")]
    Ticker(#[nova(other)] f64),
}

fn main() {}
