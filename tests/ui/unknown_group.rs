#[nova::client(platform = "echo", reconect(jitter = 0.5))]
struct Desk;

#[nova::client(platform = "echo", override(ErrorHandler))]
struct Keyword;

fn main() {}
