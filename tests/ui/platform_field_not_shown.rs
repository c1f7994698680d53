struct Category;

#[derive(nova::Platform)]
#[nova(url = "wss://ws.exchange.test/{category}")]
struct Exchange {
    category: Category,
}

fn main() {}
