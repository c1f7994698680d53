#[nova::client(platform = "echo", profile = )]
struct Valueless;

#[nova::client(platform = "echo" profile = "standard")]
struct Commaless;

#[nova::client(platform "echo")]
struct Signless;

#[nova::client("echo")]
struct Keyless;

fn main() {
    let _ = (Valueless, Commaless, Signless, Keyless);
}
