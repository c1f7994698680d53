#[nova::rpc(params = positional)]
trait Node {
    #[rpc("eth_a")]
    async fn a(&self, full: Option<bool>, hash: &str) -> nova::Result<u64>;
}

fn main() {}
