#[derive(Debug, Default)]
struct Thing;

#[nova::client(platform = "echo", codec = Thing)]
struct Packed;

#[nova::client(platform = "echo", config = Thing)]
struct Configured;

#[nova::client(platform = "echo", secrets = Thing)]
struct Trusted;

#[nova::client(platform = "echo", secrets(Thing, builder))]
struct Given;

#[nova::client(platform = "echo", metrics = Thing)]
struct Counted;

#[nova::client(platform = "echo", cluster = Thing)]
struct Shared;

fn main() {}
