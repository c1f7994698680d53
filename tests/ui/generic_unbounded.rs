#[nova::client(platform = "echo")]
struct Desk<S: 'static> {
    state: S,
}

fn main() {}
