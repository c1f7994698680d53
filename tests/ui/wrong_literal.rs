#[nova::client(platform = 5)]
struct Number;

#[nova::client(platform = echo)]
struct Unquoted;

#[nova::client(platform = "echo", heartbeat(timeout = 5))]
struct Unitless;

#[nova::client(platform = "echo", reconnect(max_attempts = "many"))]
struct Word;

fn main() {}
