#[nova::client(platform = "echo")]
enum Desk {
    Open,
}

#[nova::client(platform = "echo")]
fn desk() {}

#[nova::client(platform = "echo")]
struct Borrows<'a>(&'a str);

fn main() {}
