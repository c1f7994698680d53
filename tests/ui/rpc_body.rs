#[nova::rpc]
trait Account {
    #[rpc("private/a")]
    async fn a(&self) -> nova::Result<u64> {
        Ok(1)
    }

    type Answer;
}

fn main() {}
