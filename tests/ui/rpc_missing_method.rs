#[nova::rpc]
trait Account {
    async fn a(&self) -> nova::Result<u64>;

    #[rpc]
    async fn b(&self) -> nova::Result<u64>;

    #[rpc(idempotent)]
    async fn c(&self) -> nova::Result<u64>;
}

fn main() {}
