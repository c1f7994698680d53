#[derive(Default, nova::Platform)]
#[nova(ping(every = "20 seconds"), sign(over = "{timestamp}", expires = "0s"))]
struct Exchange;

fn main() {}
