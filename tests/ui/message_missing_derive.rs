enum Feed {}

#[nova::client(platform = "echo", message = Feed)]
struct Desk;

fn main() {}
