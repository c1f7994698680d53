#[derive(Default, nova::Platform)]
#[nova(
    channel = "/topic",
    sequence(rule = "prev_id", at = "/seq", first = "/first")
)]
struct Exchange;

fn main() {}
