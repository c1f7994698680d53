#[derive(Default, nova::Platform)]
#[nova(pings(every = "20s"), error = "/error")]
struct Exchange;

fn main() {}
