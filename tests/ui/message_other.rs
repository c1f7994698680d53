#[derive(nova::Message)]
enum Feed {
    #[nova(other)]
    Other(nova::Raw),
    #[nova(other)]
    Rest(nova::Raw),
}

#[derive(nova::Message)]
enum Routed {
    #[nova(other, channel = "ticker.*")]
    Other(nova::Raw),
}

#[derive(nova::Message)]
enum Text {
    #[nova(other)]
    Other(String),
}

fn main() {}
