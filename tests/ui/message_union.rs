#[derive(nova::Message)]
union Feed {
    price: f64,
}

fn main() {}
