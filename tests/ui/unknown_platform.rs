#[nova::client(platform = "derbit")]
struct Desk;

fn main() {}
