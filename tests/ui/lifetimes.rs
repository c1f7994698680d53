#[derive(nova::Profile)]
struct Nightly<'a>(&'a str);

#[derive(nova::Platform)]
#[nova(url = "wss://x.test")]
struct Exchange<'a>(&'a str);

fn main() {}
