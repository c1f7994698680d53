#[nova::rpc(platform = "deribit")]
trait Account {
    #[rpc("private/a")]
    async fn a(&self) -> nova::Result<u64>;
}

#[nova::client(platform = "echo")]
struct Desk;

async fn ask(desk: nova::Handle<Desk>) -> nova::Result<u64> {
    desk.a().await
}

fn main() {}
