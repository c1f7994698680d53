#[nova::client(profile = "standard")]
struct Desk;

fn main() {}
