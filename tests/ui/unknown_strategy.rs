#[nova::client(platform = "echo", strategy = "fail_fats")]
struct Desk;

fn main() {}
