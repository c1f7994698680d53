#[derive(Default, nova::Platform)]
#[nova(channel = "/a", channel = "/b", ping(every = "1s"), ping(every = "2s"))]
struct Exchange;

fn main() {}
