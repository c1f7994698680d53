#[nova::rpc]
trait Account {
    #[rpc("private/subscribe")]
    async fn subscribe(&self, topic: &str) -> nova::Result<u64>;

    #[rpc("private/close")]
    async fn close(&self) -> nova::Result<u64>;
}

fn main() {}
