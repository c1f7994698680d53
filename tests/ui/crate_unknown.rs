#[nova::client(crate = nowhere, platform = "echo")]
struct Desk;

fn main() {}
