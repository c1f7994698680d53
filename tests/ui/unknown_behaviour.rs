#[nova::client(platform = "echo", overrides(ErorHandler))]
struct Desk;

impl nova::ErrorHandler for Desk {}

fn main() {}
