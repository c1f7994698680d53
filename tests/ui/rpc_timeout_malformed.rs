#[nova::rpc(timeout = "5 seconds")]
trait Account {
    #[rpc("private/a", timeout = "0s")]
    async fn a(&self) -> nova::Result<u64>;
}

fn main() {}
