#[nova::rpc]
trait Account {
    #[rpc("private/a")]
    async fn a(&self, #[rpc(default = 10)] count: u32, #[rpc(name = "count")] other: u8) -> nova::Result<u64>;
}

fn main() {}
