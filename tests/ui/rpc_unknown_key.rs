#[nova::rpc(platfrom = "deribit")]
trait Account {
    #[rpc("private/a", idempotnt)]
    async fn a(&self, #[rpc(nam = "x")] x: u8) -> nova::Result<u64>;

    #[rpc("private/b", platform = "deribit")]
    async fn b(&self) -> nova::Result<u64>;
}

fn main() {}
