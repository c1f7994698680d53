struct Order;

struct Answer;

#[nova::rpc]
trait Account {
    #[rpc("private/a")]
    async fn a(&self, order: Order) -> nova::Result<u64>;

    #[rpc("private/b")]
    async fn b(&self) -> nova::Result<Answer>;
}

fn main() {}
