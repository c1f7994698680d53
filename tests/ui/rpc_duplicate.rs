#[nova::rpc(platform = "echo", platform = "deribit")]
trait Account {
    #[rpc("private/a", idempotent, idempotent)]
    async fn a(&self) -> nova::Result<u64>;

    #[rpc("private/b")]
    #[rpc("private/c")]
    async fn b(&self) -> nova::Result<u64>;
}

fn main() {}
