#[nova::rpc]
trait Account {
    #[rpc("private/a")]
    fn a(&self) -> nova::Result<u64>;

    #[rpc("private/b")]
    async fn b(&mut self) -> nova::Result<u64>;

    #[rpc("private/c")]
    async fn c() -> nova::Result<u64>;

    #[rpc("private/d")]
    async fn d(&self);

    #[rpc("private/e")]
    async fn e(&self) -> u64;

    #[rpc("private/f")]
    async fn f(&self, (x, y): (u8, u8)) -> nova::Result<u64>;
}

fn main() {}
