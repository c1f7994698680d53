#[nova::rpc(platform = "deribit", priority = urgent)]
trait Account {
    #[rpc("private/a", priority = "cancle")]
    async fn a(&self) -> nova::Result<u64>;
}

fn main() {}
