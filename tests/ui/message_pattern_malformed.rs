#[derive(nova::Message)]
enum Feed {
    #[nova(channel = "ticker.")]
    Open(f64),
    #[nova(channel = "tick*")]
    Part(f64),
    #[nova(channel = "ticker.**")]
    Twice(f64),
    #[nova(channel = "ticker.{name")]
    Brace(f64),
    #[nova(channel = "ticker.{}")]
    Nameless(f64),
    #[nova(channel = "")]
    Empty(f64),
}

fn main() {}
