#[nova::client(
    platform = "derbit",
    profil = "standard",
    strategy = 5,
    codec = "jsn",
    reconnect(jitter = 2, jitter = 0.5, backoff = "expo"),
    heartbeat = "5s",
    overrides(ErorHandler),
)]
struct Desk {
    failures: u32,
}

impl nova::ErrorHandler for Desk {}

fn main() {
    // The struct is still there, and still a client: no further error.
    let desk = Desk { failures: 0 };
    let _ = desk.failures;
    client::<Desk>();
}

fn client<C: nova::Client + nova::MessageHandler>() {}
