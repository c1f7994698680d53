#[nova::rpc(params = "positional", timeout = 5)]
trait Account {
    #[rpc(5)]
    async fn a(&self) -> nova::Result<u64>;

    #[rpc("private/b", cost = "3", idempotent = "yes")]
    async fn b(&self) -> nova::Result<u64>;
}

fn main() {}
