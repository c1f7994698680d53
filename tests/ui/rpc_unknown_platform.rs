#[nova::rpc(platform = "derbit")]
trait Account {
    #[rpc("private/a")]
    async fn a(&self) -> nova::Result<u64>;
}

fn main() {}
