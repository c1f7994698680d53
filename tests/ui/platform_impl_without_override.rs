#[derive(Default, nova::Platform)]
#[nova(channel = "/topic")]
struct Exchange;

impl nova::Platform for Exchange {
    type State = ();
}

fn main() {}
