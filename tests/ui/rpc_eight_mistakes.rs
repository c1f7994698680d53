#[nova::rpc(platform = "derbit", timeout = 5, parms = named)]
trait Account {
    #[rpc("a", idempotnt, cost = "x")]
    async fn send(&self) -> nova::Result<u64>;
    #[rpc(5)]
    async fn five(&self) -> nova::Result<u64>;
    #[rpc("b")]
    fn sync(&self) -> nova::Result<u64>;
}

fn main() {}
