#[derive(nova::Profile)]
#[nova(
    bse = "financial",
    base = "finacial",
    name = 5,
    reconnect(jitter = 2, max_delay = 10),
    traits(detailed_erors = true),
    hartbeat(interval = "1s"),
    heartbeat = "5s",
)]
struct Nightly {
    kept: u32,
}

#[nova::client(platform = "echo", profile = Nightly)]
struct Desk;

fn main() {
    // The profile is still one: no further error.
    let nightly = Nightly { kept: 1 };
    let _ = nightly.kept;
}
