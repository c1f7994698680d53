#[derive(nova::Profile)]
#[nova(base = "financal", jitter = 0.5)]
struct Misspelt;

#[derive(nova::Profile)]
#[nova(reconect(jitter = 0.5), traits(detailederrors = true), reconnect(jiter = 0.5))]
struct Groups;

fn main() {}
