struct Own;

#[nova::client(platform = Own)]
struct Platform;

#[nova::client(platform = "echo", profile = Own)]
struct Profile;

#[nova::client(platform = "echo", strategy = Own)]
struct Strategy;

#[nova::client(platform = "echo", codec = Own)]
struct Codec;

fn main() {}
