#[derive(nova::Message)]
enum Feed<'f> {
    #[nova(channel = "ticker.*")]
    Ticker(&'f str),
}

fn main() {}
