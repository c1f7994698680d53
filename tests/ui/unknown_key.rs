#[nova::client(platform = "echo", stratgy = "echo")]
struct Desk;

#[nova::client(platform = "echo", jitter = 0.5)]
struct Misplaced;

#[nova::client(platform = "echo", heartbeat(every = "5s"))]
struct InAGroup;

fn main() {}
