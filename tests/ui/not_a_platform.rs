struct Exchange;

#[nova::client(platform = Exchange)]
struct Desk;

fn main() {}
