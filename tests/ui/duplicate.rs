#[nova::client(platform = "echo", profile = "standard", profile = "financial")]
struct Key;

#[nova::client(platform = "echo", reconnect(jitter = 0.5, jitter = 0.1))]
struct InAGroup;

#[nova::client(platform = "echo", overrides(ErrorHandler, ErrorHandler))]
struct Behaviour;

impl nova::ErrorHandler for Behaviour {}

fn main() {}
