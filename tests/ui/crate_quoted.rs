#[nova::client(crate = "nova", platform = "echo")]
struct Quoted;

fn main() {}
