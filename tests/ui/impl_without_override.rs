#[nova::client(platform = "echo")]
struct Desk;

impl nova::ErrorHandler for Desk {}

fn main() {}
